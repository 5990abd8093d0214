"""Settings of a run, and where things lie by default."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from codegen import settling
from codegen.diversity import DEFAULT, check_strategy
from codegen.errors import SettingsChangedError, UsageError
from codegen.models.base import SamplingParams
from codegen.ranking import check_ranker
from sandbox.execution import Limits

LANGUAGES = ("python", "cpp")
_LATER: dict[str, Any] = {"strategy": DEFAULT, "auto": False, "model_inputs": 0, "model_tests": 0, "repair": 0}
"""Options that came later, as they are when nobody asks for them: older run files do not have them."""
MAX_SUBMISSIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What decides the result of a run, apart from problem and model. Stored in the run file and compared on resume.

    Attributes:
        samples: How many samples are drawn for a problem.
        auto: Whether drawing stops before that, when more would hardly change the answer (`codegen.settling`).
        submissions: At most this many programs are handed in, 1 to 10.
        languages: What is asked of the model; samples of a problem are spread over them.
        strategy: How the samples are asked for, a name in `codegen.diversity.STRATEGIES`.
        ranker: Name in `codegen.ranking.RANKERS`.
        min_confidence: A submission that is less sure to be right is not handed in.
        generated_inputs: How many inputs are generated to tell the survivors apart.
        model_inputs: How many more the model is asked to write, where one problem is solved.
        model_tests: How many texts of asserts the model is asked to write; rankers look at which of them hold.
        repair: How many rounds failing samples go back to the model with what they failed on.
        cpu_s, wall_s, memory_bytes, output_bytes: Limits where a problem has none.
    """

    samples: int = 32
    auto: bool = False
    seed: int = 0
    submissions: int = MAX_SUBMISSIONS
    languages: tuple[str, ...] = ("python",)
    strategy: str = DEFAULT
    ranker: str = "blend"
    min_confidence: float = 0.0
    generated_inputs: int = 40
    model_inputs: int = 0
    model_tests: int = 0
    repair: int = 0
    sampling: SamplingParams = field(default_factory=SamplingParams)
    cpu_s: float = 3.0
    wall_s: float = 10.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 16 << 20

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise UsageError(f"samples is {self.samples}; it must be at least 1")
        if not 1 <= self.submissions <= MAX_SUBMISSIONS:
            raise UsageError(f"submissions is {self.submissions}; it must be 1 to {MAX_SUBMISSIONS}")
        check_strategy(self.strategy)
        check_ranker(self.ranker, tested=self.model_tests > 0)
        if not 0 <= self.min_confidence <= 1:
            raise UsageError(f"min_confidence is {self.min_confidence}; it is a chance, from 0 to 1")
        unknown = [name for name in self.languages if name not in LANGUAGES]
        if unknown or not self.languages:
            raise UsageError(
                f"language {', '.join(unknown) or '(none)'} is not offered; choose from {', '.join(LANGUAGES)}"
            )

    @property
    def limits(self) -> Limits:
        """Where a problem has none of its own."""
        return Limits(
            cpu_s=self.cpu_s, wall_s=self.wall_s, memory_bytes=self.memory_bytes, output_bytes=self.output_bytes
        )

    def to_json(self) -> dict[str, Any]:
        data = asdict(self) | {"languages": list(self.languages)}
        if not self.sampling.min_p:
            del data["sampling"]["min_p"]
        return {key: value for key, value in data.items() if key not in _LATER or value != _LATER[key]}

    @property
    def borders(self) -> tuple[int, ...]:
        """Where batches of samples end; a chunk of the model crosses none."""
        found = [settling.border(0, self.samples)] if self.auto else []
        while found and found[-1] < self.samples:
            found.append(settling.border(found[-1], self.samples))
        return tuple(found) or (self.samples,)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Settings:
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        values["languages"] = tuple(values["languages"])
        values["sampling"] = SamplingParams(**values["sampling"])
        return cls(**values)


def changes(stored: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """What differs between two sets of settings, nested ones with a dot: "samples was 8, now 9"."""
    before, now = _flat(stored), _flat(asked)
    return [
        f"{key} was {before.get(key)!r}, now {now.get(key)!r}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]


def refuse_changes(stored: dict[str, Any], asked: dict[str, Any], *, path: str) -> None:
    """Raise SettingsChangedError naming every setting that differs."""
    if changed := changes(stored, asked):
        raise SettingsChangedError(
            f"{path} was started with other settings: {'; '.join(changed)}. "
            "Give the same settings to go on with it, or another --run file to start anew."
        )


def state_dir() -> Path:
    """Where runs go without --run: $XDG_STATE_HOME/codesieve."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "codesieve"


def _flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = list(value) if isinstance(value, tuple) else value
    return flat
