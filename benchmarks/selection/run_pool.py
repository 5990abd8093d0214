"""A run file with scores as a pool: what the sieve was given, labelled by the hidden tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.judge import text_key
from benchmarks.score import read_scores
from benchmarks.selection.pools import Recording
from codegen.errors import UsageError
from codegen.runs import RunFile


def read_run(path: Path) -> Iterator[Recording]:
    """One recording a problem and language. Raises UsageError when nothing in the run was scored."""
    found = False
    with RunFile.open_existing(path) as run:
        for problem in run.problems():
            scores = read_scores(run, problem.id)
            by_language: dict[str, list[tuple[str, bool, float | None]]] = {}
            for sample, _ in run.samples(problem.id):
                source, language = sample.extraction.program, sample.extraction.language
                if source is None or not scores:
                    continue
                score = scores.get(text_key(source, language))
                completion = sample.completion
                known = completion.logprob is not None and completion.token_count
                mean = (completion.logprob or 0.0) / completion.token_count if known else None
                by_language.setdefault(language, []).append((source, score is not None and score.passed, mean))
            for language, rows in by_language.items():
                found = True
                means = tuple(mean for _, _, mean in rows if mean is not None)
                yield Recording(
                    problem=problem,
                    language=language,
                    programs=tuple(source for source, _, _ in rows),
                    passed=tuple(passed for _, passed, _ in rows),
                    logprobs=means if len(means) == len(rows) else None,
                )
    if not found:
        raise UsageError(f"{path} holds no scores; `codesieve bench SUITE --run {path}` makes them")
