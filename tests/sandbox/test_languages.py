from __future__ import annotations

import pytest

from sandbox.execution import Execution, Limits, Program, Status
from sandbox.languages import HELLO_INPUT, LANGUAGES, language_of, language_of_file, said_hello
from sandbox.namespaces import missing_tool
from sandbox.unconfined import UnconfinedSandbox


@pytest.mark.parametrize("name", [name for name in LANGUAGES if missing_tool(LANGUAGES[name]) is None])
def test_hello_programs_say_their_runtime(name: str) -> None:
    """Not a matter of isolation, hence the plain tier, with the compilers that are here."""
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
    program = Program(
        language="cpp", source="", sources=(("a b.cpp", ""), ("a.h", "")), arguments=("{main}", "x y"), files=()
    )
    assert cpp.build_command(program, artifact="/x/y")[-4:] == ["-o", "/x/y", "main.cpp", "a b.cpp"]
    assert cpp.run_command(program, artifact="/x/y", memory_bytes=1) == ["/x/y", "{main}", "x y"]
    script = LANGUAGES["javascript"].run_command(
        Program(language="javascript", source=""), artifact="/x", memory_bytes=64 << 20
    )
    assert "--max-old-space-size=64" in script
    assert script[-1] == "/x"


def test_a_java_program_is_started_by_its_class() -> None:
    program = Program(language="java", source="public class Sum { public static void main(String[] a) {} }")
    java = LANGUAGES["java"]
    assert java.source_file(program) == "Sum.java"
    assert java.run_command(program, artifact="/x", memory_bytes=64 << 20)[-2:] == ["/x", "Sum"]
    assert java.with_overhead(Limits(memory_bytes=64 << 20)).memory_bytes > 64 << 20


@pytest.mark.parametrize(
    ("name", "language"), [("a.py", "python"), ("a.b.cc", "cpp"), ("a.c", "c"), ("a.js", "javascript"), ("a.hs", None)]
)
def test_a_file_s_language_follows_from_its_ending(name: str, language: str | None) -> None:
    assert language_of_file(name) == language


def test_a_runtime_that_gives_up_for_want_of_memory_has_met_the_limit() -> None:
    said = b"Exception in thread main java.lang.OutOfMemoryError: Java heap space\n"
    failed = Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=said)
    assert LANGUAGES["java"].ended(failed).status is Status.MEMORY_LIMIT
    assert LANGUAGES["python"].ended(failed) == failed
    fine = Execution(status=Status.OK, exit_code=0, stderr=said)
    assert LANGUAGES["java"].ended(fine) == fine


def test_every_entry_can_be_built_and_run() -> None:
    for name, language in LANGUAGES.items():
        assert language.name == name
        assert language.packages
        assert bool(language.build) >= bool(language.run)
        assert language.suffixes


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match="unknown language 'cobol'; there are: c, cpp, go, java, javascript, python, rust"
    ):
        language_of(Program(language="cobol", source=""))


def test_a_language_without_calls_says_so() -> None:
    with pytest.raises(ValueError, match="go programs cannot be called"):
        language_of(Program(language="go", source="", entry_point="f"))
