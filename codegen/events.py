"""What the engine says while it works: typed values, and for each its JSON form (docs/events.md)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from codegen.budget import Stopped
from codegen.judging import Verdict


class _Event:
    """What all events share."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """`{"event": name of the class in snake case, ...fields}`; verdicts as their two or three letters."""
        fields = asdict(self)  # type: ignore[call-overload]  # every event is a dataclass
        body = {key: _plain(value) for key, value in fields.items() if key not in _KEPT_BACK}
        return {"event": name_of(type(self))} | body


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(_Event):
    """Work on a problem begins. `stored` samples were already in the run file; `available` may be below the wish."""

    problem_id: str
    samples: int
    stored: int
    filtering: bool
    """False when the problem has no examples: then every program that builds survives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoaded(_Event):
    """The model can write; `seconds` is what getting ready took."""

    problem_id: str
    model: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReady(_Event):
    """Programs can be run; `seconds` is what opening the sandbox took."""

    problem_id: str
    sandbox: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDrawn(_Event):
    """One more sample. `drawn` and `tokens` are of this problem, `tokens_per_s` of all that this process draws.

    `program` is the key of its program, the same for equal programs; None without one.
    """

    problem_id: str
    index: int
    has_program: bool
    program: str | None = None
    drawn: int
    tokens: int
    tokens_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramJudged(_Event):
    """A program (once for all samples equal to it) was run on the public tests, in so many executions."""

    problem_id: str
    program: str = ""
    verdict: Verdict
    detail: str
    judged: int
    survivors: int
    executions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramObserved(_Event):
    """A survivor was run on a round of the generated inputs. `clusters` is the number of behaviours seen so far.

    `behaviour` is the same for programs that behaved the same in this round; a later round tells more of them apart.
    """

    problem_id: str
    program: str = ""
    behaviour: str = ""
    observed: int
    clusters: int
    executions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramExamined(_Event):
    """A program was run on what an examiner asked (the hidden tests of a benchmark)."""

    problem_id: str
    executions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedOutput:
    """An output to choose from, cut to a line or two, and the share of the samples whose programs give it."""

    output: str
    share: float


@dataclass(slots=True, kw_only=True)
class QuestionAsked(_Event):
    """Which output is right on this input? Only with `ask=True`. Answer it before taking the next event.

    The answer becomes a test: programs that contradict it are out. An event that was not answered ends the asking, and
    what is left is ranked.

    Attributes:
        number: 1 for the first question about the problem, answers of an earlier process counted.
        input: Standard input, or the arguments in wire form.
        outputs: What programs give there, the most frequent first.
        behaviours: How many are still possible.
    """

    problem_id: str
    number: int
    input: str
    outputs: tuple[OfferedOutput, ...]
    behaviours: int
    reply: int | Literal["neither", "invalid"] | None = field(default=None, init=False)

    def answer(self, choice: int) -> None:
        """The output at this place (from 0) is right."""
        if not 0 <= choice < len(self.outputs):
            raise ValueError(f"there is no output {choice}; there are 0 to {len(self.outputs) - 1}")
        self.reply = choice

    def neither(self) -> None:
        """None of these outputs is right."""
        self.reply = "neither"

    def invalid(self) -> None:
        """The problem does not allow this input."""
        self.reply = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(_Event):
    """A program is handed in, best first; `cluster_size` samples behave like it."""

    problem_id: str
    rank: int
    language: str
    program: str
    cluster_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(_Event):
    """The last event of a problem; `report` is a `codegen.report.Report`.

    `stopped` says why not all was done: "time" when the time to draw samples was over, "deadline" when everything had
    to end, "enough" when more samples would hardly have changed the answer; "" when all was.
    """

    problem_id: str
    report: Any
    stopped: Stopped = ""

    def to_json(self) -> dict[str, Any]:
        """See `Report.to_json` for the report."""
        report = self.report.to_json()
        return {"event": "done", "problem_id": self.problem_id, "report": report, "stopped": self.stopped}


Event = (
    Started
    | ModelLoaded
    | SandboxReady
    | SampleDrawn
    | ProgramJudged
    | ProgramObserved
    | ProgramExamined
    | QuestionAsked
    | Submitted
    | Done
)


_KEPT_BACK = frozenset({"reply"})


def name_of(kind: type) -> str:
    """What the JSON form calls events of a class: `SampleDrawn` -> "sample_drawn"."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


def _plain(value: Any) -> Any:
    if isinstance(value, Verdict):
        return value.value
    return list(value) if isinstance(value, tuple) else value
