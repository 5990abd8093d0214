"""Settings of the language server, as an editor gives them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from codegen.config import Settings
from codegen.errors import UsageError
from codegen.models.table import DEFAULT_MODEL

_KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}
_SANDBOXES = ("auto", "docker", "bubblewrap", "unsafe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the editor's section "codesieve" may hold.

    Attributes:
        model: As `codesieve solve --model`.
        sandbox: As `codesieve solve --sandbox`.
        samples: How many are drawn for a function.
        time: Seconds for drawing them; what there is then is judged.
        seed: Decides every random choice.
        tests: Look for tests of the function in the workspace.
        check: Run functions that have a body on their examples when a document is opened or saved.
    """

    model: str = DEFAULT_MODEL
    sandbox: str = "auto"
    samples: int = 32
    time: float = 120.0
    seed: int = 0
    tests: bool = True
    check: bool = True

    @property
    def settings(self) -> Settings:
        return Settings(samples=self.samples, seed=self.seed)

    def changed(self, given: Any) -> Options:
        """With what an editor gives.

        Raises:
            UsageError: A name is not known, or a value not of its kind.
        """
        if given is None:
            return self
        if not isinstance(given, dict):
            raise UsageError(f"settings are an object, not {given!r}")
        given = given.get("codesieve", given)
        kinds = {each.name: str(each.type) for each in fields(self)}
        for name, value in given.items():
            if name not in kinds:
                raise UsageError(f"setting '{name}' is not known; there are {', '.join(kinds)}")
            if not isinstance(value, _KINDS[kinds[name]]) or (isinstance(value, bool) and kinds[name] != "bool"):
                raise UsageError(f"setting '{name}' is {value!r}; it must be of kind {kinds[name]}")
        found = replace(self, **given)
        if found.sandbox == "unsafe" != self.sandbox:  # settings may come with a folder that somebody else wrote
            raise UsageError("setting 'sandbox': 'unsafe' is taken from the command line alone")
        if found.sandbox not in _SANDBOXES:
            raise UsageError(f"setting 'sandbox' is {found.sandbox!r}; it must be one of {', '.join(_SANDBOXES)}")
        if not found.samples >= 1 or not found.time > 0:
            raise UsageError(f"samples ({found.samples}) must be at least 1, and time ({found.time}) above 0")
        return found
