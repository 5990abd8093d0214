"""A run file of many problems, made without a model or a sandbox."""

from __future__ import annotations

from pathlib import Path

from benchmarks.judge import text_key
from codegen.config import Settings
from codegen.extraction import Extraction
from codegen.fingerprints import Fingerprint, Outcome
from codegen.inputs import GeneratedInput
from codegen.judging import Judgement, Verdict
from codegen.models.base import Completion
from codegen.programs import program_key
from codegen.prompts import Variation
from codegen.report import conclude
from codegen.runs import RunFile
from codegen.sampling import Sample
from problems.problem import Call, Problem, TestCase

HOSTILE = "</script><img src=x onerror=document.title='owned'> & <b>bold</b> 'quoted' \u2028"


def make_run(path: Path, *, problems: int, samples: int, programs: int = 6) -> None:
    """Programs go round; a third pass the examples, a sixth the hidden tests; texts are hostile to a page."""
    settings = Settings(samples=samples)
    model = {"name": "made/up", "batch_size": 8}
    with RunFile.create_or_resume(path, model=model, settings=settings) as run, run.gathered(60.0):
        for number in range(problems):
            _add(run, f"Suite/{number}", samples, programs, solved=number % 3 != 2)


def _add(run: RunFile, name: str, samples: int, programs: int, *, solved: bool) -> None:
    problem = Problem(
        id=name,
        statement=f"Add two numbers. {HOSTILE}",
        interface=Call(entry_point="add", signature="def add(a, b):"),
        public_tests=(TestCase.call((1, 2), 3),),
        difficulty=("easy", "medium", "hard")[int(name.rpartition("/")[2]) % 3],  # type: ignore[arg-type]
    )
    run.add_problem(problem)
    sources = [f"def add(a, b):\n    # {HOSTILE}\n    return a + b * {i} - {i}\n" for i in range(programs)]
    keys = [program_key(source, "python") for source in sources]
    for index in range(samples):
        source = sources[index % programs]
        extraction = Extraction(program=source, language="python", raw=source)
        completion = Completion(index=index, text=source, form="chat", finish_reason="stop", token_count=20)
        run.add_sample(
            Sample(
                problem_id=name, index=index, seed=index, variation=Variation(), completion=completion,
                extraction=extraction,
            ),
            keys[index % programs],
        )  # fmt: skip
    run.add_inputs(name, [GeneratedInput(text="[1,1]", source="mutation")])
    for i, (source, key) in enumerate(zip(sources, keys, strict=True)):
        verdict = Verdict.AC if i % 3 == 0 else Verdict.WA
        run.add_judgement(name, key, Judgement(verdict=verdict, passed=i % 3 == 0, total=1))
        if verdict is Verdict.AC:
            outcome = Outcome(digest=str(i), preview=f"{i} {HOSTILE}")
            run.add_fingerprint(name, key, Fingerprint(outcomes=(outcome,)))
        score = "AC" if solved and i % 6 == 3 else "WA"
        with run.transaction() as connection:
            connection.execute(
                "INSERT INTO scores VALUES (?,?,?,?)", (name, text_key(source, "python"), score, HOSTILE)
            )
    conclude(run, problem, run.settings)
