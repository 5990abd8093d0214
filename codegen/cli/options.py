"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from codegen.models.placement import Precision
from codegen.models.table import DEFAULT_MODEL
from sandbox.profiles import PROFILES

if TYPE_CHECKING:
    from codegen.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

model_option = click.option(
    "--model",
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="M",
    help="Embedded name, hub id, folder, GGUF file, openai:ADDRESS#NAME (a server), or replay:PATH (recorded samples).",
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(get_args(Precision)),
    default="auto",
    show_default=True,
    help="Numbers that a model computes with here. 'int8' (CPU) is faster and rounds more.",
)
samples_option = click.option(
    "--samples", type=click.IntRange(1), default=32, show_default=True, help="Samples to draw."
)
AUTO = -1


class _Samples(click.ParamType[int]):
    """A number of samples, or "auto"."""

    name = "N|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "auto":
            return AUTO
        return value if value == AUTO else int(click.IntRange(1).convert(value, param, ctx))


samples_or_auto_option = click.option(
    "--samples",
    type=_Samples(),
    default=32,
    show_default=True,
    metavar="N|auto",
    help="Samples to draw; 'auto': in batches, until more would hardly change the answer.",
)
max_samples_option = click.option(
    "--max-samples",
    type=click.IntRange(1),
    metavar="N",
    help="With --samples auto: draw at most so many.  [default: 100]",
)
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Decides every random choice.")
submissions_option = click.option(
    "--submissions", type=click.IntRange(1, 10), default=10, show_default=True, help="Programs to hand in at most."
)
language_option = click.option(
    "--language",
    "languages",
    type=click.Choice(["python", "cpp"]),
    multiple=True,
    default=("python",),
    show_default="python",
    help="Language of the programs; give it twice for a mix.",
)
max_tokens_option = click.option(
    "--max-tokens", type=click.IntRange(1), default=512, show_default=True, help="New tokens of a sample at most."
)
sandbox_option = click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "unsafe"]),
    default="auto",
    show_default=True,
    help="Where programs run. 'unsafe' means unconfined.",
)


def check_confined(sandbox: str) -> None:
    """Raises click.UsageError where hostile programs would be run unconfined: some kill whatever they can."""
    if sandbox == "unsafe":
        raise click.UsageError("these programs mean harm, and --sandbox unsafe would let them do it; name another one")


runtime_option = click.option(
    "--runtime", metavar="NAME", help="With --sandbox docker: a runtime of the daemon's, e.g. runsc for gVisor."
)


def check_runtime(sandbox: str, runtime: str | None) -> None:
    """Raises click.UsageError for a runtime without Docker."""
    if runtime is not None and sandbox != "docker":
        raise click.UsageError(f"--runtime {runtime} is the Docker daemon's; give --sandbox docker with it")


profile_option = click.option(
    "--profile",
    type=click.Choice(sorted(PROFILES)),
    help="What the Docker tier's image holds. Default: the leanest that has the languages asked for.",
)
executor_option = click.option(
    "--executor",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where model and sandbox are: here, or on the nodes of a Ray cluster.",
)
ranker_option = click.option(
    "--ranker", default="blend", show_default=True, metavar="R", help="How survivors are put in order."
)
model_tests_option = click.option(
    "--model-tests",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Texts of asserts that the model is to write for a function; rankers look at which hold.",
)
repair_option = click.option(
    "--repair",
    type=click.IntRange(0, 9),
    default=0,
    metavar="R",
    help="Rounds in which failing samples go back to the model with what they failed on.",
)
prompts_option = click.option(
    "--prompts",
    default="mixed",
    show_default=True,
    metavar="S",
    help="How samples are asked for: mixed, plain, direct, plan, conditioned, few-shot, reworded.",
)
confidence_option = click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="P",
    help="Hand in only what is right with at least this chance.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def run_option(*, required: bool) -> Callable[[F], F]:
    """`--run FILE`; where it is not required, a file under the state folder is used."""
    help_text = "Run file (SQLite); a run that was interrupted goes on from it."
    return click.option(
        "--run", "run_path", type=click.Path(dir_okay=False), required=required, metavar="FILE", help=help_text
    )


def settings_of(
    *,
    samples: int,
    seed: int,
    submissions: int,
    languages: tuple[str, ...],
    ranker: str,
    max_tokens: int,
    max_samples: int | None = None,
    prompts: str = "mixed",
    model_tests: int = 0,
    repair: int = 0,
    model_inputs: int = 0,
    min_confidence: float = 0.0,
) -> Settings:
    """The settings that a command's options make."""
    from codegen.config import Settings
    from codegen.models.base import SamplingParams
    from codegen.settling import MAX_SAMPLES

    auto = samples == AUTO
    if max_samples is not None and not auto:
        raise click.UsageError(f"--max-samples {max_samples} is for --samples auto; name one number of samples")

    return Settings(
        samples=(max_samples or MAX_SAMPLES) if auto else samples,
        auto=auto,
        seed=seed,
        submissions=submissions,
        languages=tuple(dict.fromkeys(languages)),
        ranker=ranker,
        min_confidence=min_confidence,
        model_inputs=model_inputs,
        strategy=prompts,
        model_tests=model_tests,
        repair=repair,
        sampling=SamplingParams(max_tokens=max_tokens),
    )
