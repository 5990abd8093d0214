from __future__ import annotations

import pytest

from sandbox.execution import Execution, Limits, Program, Status
from sandbox.languages import HELLO_INPUT, LANGUAGES, language_of, said_hello
from sandbox.unconfined import UnconfinedSandbox


@pytest.mark.parametrize("name", LANGUAGES)
def test_hello_programs_say_their_runtime(name: str) -> None:
    """Not a matter of isolation, hence the plain tier."""
    with UnconfinedSandbox(slots=1) as sandbox:
        run = sandbox.run(LANGUAGES[name].hello_program(), (HELLO_INPUT,), Limits(cpu_s=10, wall_s=60))
    version = said_hello(run.executions[0])
    assert version is not None
    assert version[0].isdigit()


@pytest.mark.parametrize(
    "execution",
    [
        Execution(status=Status.OK, stdout=b"hello codesieve\n"),
        Execution(status=Status.OK, stdout=b"hello world\n3\n"),
        Execution(status=Status.NONZERO_EXIT, exit_code=1, stdout=b"hello codesieve\n3\n"),
        Execution(status=Status.OK, stdout=b"\xff"),
    ],
)
def test_anything_else_is_no_hello(execution: Execution) -> None:
    assert said_hello(execution) is None


def test_placeholders_are_filled() -> None:
    cpp = LANGUAGES["cpp"]
    command = cpp.build_command(source="a b.cpp", artifact="/x/y")
    assert command[-1] == "a b.cpp"
    assert "/x/y" in command
    assert cpp.run_command(source="", artifact="/x/y") == ["/x/y"]


def test_every_entry_can_be_built_and_run() -> None:
    for name, language in LANGUAGES.items():
        assert language.name == name
        assert language.packages
        assert bool(language.build) >= bool(language.run)


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown language 'cobol'; there are: cpp, python"):
        language_of(Program(language="cobol", source=""))


def test_a_language_without_calls_says_so() -> None:
    with pytest.raises(ValueError, match="cpp programs cannot be called"):
        language_of(Program(language="cpp", source="", entry_point="f"))
