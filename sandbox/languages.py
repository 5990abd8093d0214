"""The languages a program can be in: one table entry each.

An entry says how source becomes an artifact, how the artifact is run and how to see that both work. It does not say
where: every tier puts its own paths into the placeholders.

    {source}    the file `source_name` with the program's text, in an empty writable folder, the working directory
    {artifact}  what the build leaves behind: one file. It is kept by the host as a descriptor and need not stay at
                the path it was built at.

A language without `run` is run by the guest's own warm interpreter: that is Python, whose build is compiling to
bytecode.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from sandbox.execution import Execution, Limits, Program, Status

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How programs of one language are built, run and tried out.

    Attributes:
        source_name: File name that the toolchain wants to see.
        packages: Debian packages that bring the toolchain into the image.
        build: Argument vector with placeholders; empty: nothing is built by a command.
        run: Argument vector with placeholders; empty: the guest's interpreter runs the source.
        calls: Whether `Program.entry_point` is possible.
        build_limits: Limits of the build; its output is what the compiler says.
        hello: A program that reads a word and prints "hello WORD", then on a second line the version of its runtime.
    """

    name: str
    source_name: str
    packages: tuple[str, ...]
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    calls: bool = False
    build_limits: Limits
    hello: str

    @property
    def in_guest(self) -> bool:
        """Run by the guest's own interpreter instead of a command."""
        return not self.run

    def build_command(self, *, source: str, artifact: str) -> list[str]:
        return [part.format(source=source, artifact=artifact) for part in self.build]

    def run_command(self, *, source: str, artifact: str) -> list[str]:
        return [part.format(source=source, artifact=artifact) for part in self.run]

    def hello_program(self) -> Program:
        """The self-test's program; run it on HELLO_INPUT and ask `said_hello`."""
        return Program(language=self.name, source=self.hello)


HELLO_INPUT = b"codesieve\n"


def said_hello(execution: Execution) -> str | None:
    """Version of the runtime when `execution` of a hello program is what it should be, else None."""
    lines = execution.stdout.decode(errors="replace").splitlines()
    if execution.status is not Status.OK or len(lines) != 2 or lines[0] != "hello codesieve":
        return None
    return lines[1]


_PYTHON = Language(
    name="python",
    source_name="main.py",
    packages=("python3",),
    calls=True,
    build_limits=Limits(cpu_s=5, wall_s=45, memory_bytes=512 * MIB, output_bytes=MIB),
    hello="import platform\nprint('hello', input())\nprint(platform.python_version())\n",
)

_CPP = Language(
    name="cpp",
    source_name="main.cpp",
    packages=("g++",),
    build=("g++", "-std=c++17", "-O2", "-pipe", "-fmax-errors=20", "-o", "{artifact}", "{source}"),
    run=("{artifact}",),
    build_limits=Limits(cpu_s=20, wall_s=180, memory_bytes=1024 * MIB, output_bytes=MIB),
    hello=(
        "#include <iostream>\n#include <string>\n"
        "int main() {\n  std::string word;\n  std::cin >> word;\n"
        '  std::cout << "hello " << word << "\\n" << __VERSION__ << "\\n";\n}\n'
    ),
)

LANGUAGES = MappingProxyType({language.name: language for language in (_PYTHON, _CPP)})


def language_of(program: Program) -> Language:
    """Table entry of a program. Raises ValueError for an unknown language, or a call where it has none."""
    try:
        language = LANGUAGES[program.language]
    except KeyError:
        raise ValueError(f"unknown language '{program.language}'; there are: {', '.join(sorted(LANGUAGES))}") from None
    if program.entry_point is not None and not language.calls:
        raise ValueError(
            f"entry point '{program.entry_point}': {language.name} programs cannot be called; "
            f"calls are there for: {', '.join(name for name, entry in LANGUAGES.items() if entry.calls)}"
        )
    return language
