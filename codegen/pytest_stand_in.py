"""What stands for pytest in the box of test code: what tests of values need of it. See `codegen.test_driver`."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from typing import Any


class Unsupported(BaseException):
    """The test code asks for something that this cannot give: no fault of the candidate."""


class Inexpressible(BaseException):
    """The test hands over what has no wire form."""


class Skipped(BaseException):
    """The test says that it is not to be run."""


class Raises:
    """`with pytest.raises(...)`."""

    def __init__(self, expected: Any, match: str | None) -> None:
        self.expected, self.match = expected, match
        self.value: BaseException | None = None

    def __enter__(self) -> Raises:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if kind is None or error is None:
            raise AssertionError(f"did not raise {self.expected}")
        if not issubclass(kind, self.expected):
            return False
        self.value = error
        if self.match is not None and not re.search(self.match, str(error)):
            raise AssertionError(f"{self.match!r} is not in {str(error)!r}")
        return True


class Approx:
    """`pytest.approx` of numbers, and of lists, tuples and dicts of them."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: float | None, absolute: float | None, nan_ok: bool) -> None:
        self.expected, self.rel, self.absolute, self.nan_ok = expected, rel, absolute, nan_ok

    def __eq__(self, found: object) -> bool:
        return self._close(found, self.expected)

    def __repr__(self) -> str:
        return f"about {self.expected!r}"

    def _close(self, found: Any, expected: Any) -> bool:
        if isinstance(expected, (list, tuple)):
            same = isinstance(found, (list, tuple)) and len(found) == len(expected)
            return same and all(map(self._close, found, expected))
        if isinstance(expected, dict):
            same = isinstance(found, dict) and found.keys() == expected.keys()
            return same and all(self._close(found[key], expected[key]) for key in expected)
        if isinstance(expected, bool) or not isinstance(expected, (int, float, complex)):
            return bool(found == expected)
        if isinstance(found, bool) or not isinstance(found, (int, float, complex)):
            return False
        if found == expected or (self.nan_ok and found != found and expected != expected):
            return True
        absolute = self.absolute if self.absolute is not None else 1e-12
        relative = self.rel if self.rel is not None else 1e-6 if self.absolute is None else 0.0
        return abs(found - expected) <= max(absolute, relative * abs(expected)) < float("inf")


class Param:
    """`pytest.param`."""

    def __init__(self, *values: Any, **_: Any) -> None:
        self.values = values


class Marks:
    """`pytest.mark`: parameters and skips are heeded, all other marks mean nothing here."""

    def parametrize(self, names: Any, values: Any, **_: Any) -> Callable[[Any], Any]:
        split = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)

        def marked(test: Any) -> Any:
            rows = []
            for each in values:
                row = each.values if isinstance(each, Param) else (each,) if len(split) == 1 else tuple(each)
                rows.append(dict(zip(split, row, strict=True)))
            test.sieve_rows = [{**old, **new} for old in getattr(test, "sieve_rows", [{}]) for new in rows]
            return test

        return marked

    def skip(self, *arguments: Any, **_: Any) -> Any:
        return self._skipped(True)(arguments[0]) if arguments and callable(arguments[0]) else self._skipped(True)

    def skipif(self, condition: Any, **_: Any) -> Any:
        return self._skipped(bool(condition))

    def xfail(self, *arguments: Any, **_: Any) -> Any:
        return self.skip(*arguments)

    def _skipped(self, skipped: bool) -> Callable[[Any], Any]:
        def marked(test: Any) -> Any:
            test.sieve_skip = skipped or getattr(test, "sieve_skip", False)
            return test

        return marked

    def __getattr__(self, name: str) -> Any:
        def mark(*arguments: Any, **_: Any) -> Any:
            return arguments[0] if len(arguments) == 1 and callable(arguments[0]) else lambda test: test

        return mark


def stand_in() -> types.ModuleType:
    """What stands for pytest in the box: what tests of values need of it."""
    module = types.ModuleType("pytest")

    def raises(expected: Any, *call: Any, match: str | None = None, **named: Any) -> Raises:
        context = Raises(expected, match)
        if call:
            with context:
                call[0](*call[1:], **named)
        return context

    def approx(expected: Any, rel: float | None = None, abs: float | None = None, nan_ok: bool = False) -> Approx:  # noqa: A002
        return Approx(expected, rel, abs, nan_ok)

    def fixture(function: Any = None, **settings: Any) -> Any:
        def marked(made: Any) -> Any:
            made.sieve_fixture = settings.get("name") or made.__name__
            made.sieve_auto = settings.get("autouse", False)
            if settings.get("params") is not None:
                raise Unsupported("a fixture with parameters: " + made.__name__)
            return made

        return marked if function is None else marked(function)

    def skip(reason: str = "", **_: Any) -> None:
        raise Skipped(reason)

    def fail(reason: str = "", **_: Any) -> None:
        raise AssertionError(reason)

    def lacking(name: str) -> Any:
        raise Unsupported("pytest." + name)

    for given in (raises, approx, fixture, skip, fail):
        setattr(module, given.__name__, given)
    module.param, module.mark, module.__getattr__ = Param, Marks(), lacking  # type: ignore[attr-defined, method-assign]
    return module
