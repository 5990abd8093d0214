"""The languages a program can be in: one table entry each.

An entry says how source becomes an artifact, how the artifact is run and how to see that both work. It does not say
where: every tier puts its own paths into the placeholders.

    {source}      the file with the program's text, in an empty writable folder, the working directory
    {units}       the program's further files that are built too (a whole argument: becomes one for each, or none)
    {artifact}    what the build leaves behind: one file. It is kept by the host as a descriptor and need not stay at
                  the path it was built at.
    {main}        name of the class to start, where a language has that
    {memory_mib}  the run's memory limit

A language without `run` is run by the guest's own warm interpreter: that is Python, whose build is compiling to
bytecode.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType

from sandbox.execution import Execution, Limits, Program, Status
from sandbox.java import java_names

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How programs of one language are built, run and tried out.

    Attributes:
        suffixes: Endings of source files, by which a file's language is known.
        source_name: File name that the toolchain wants to see.
        packages: Debian packages that bring the toolchain into the image.
        tools: Commands that must be there.
        build: Argument vector with placeholders; empty: nothing is built by a command.
        run: Argument vector with placeholders; empty: the guest's interpreter runs the source.
        calls: Whether `Program.entry_point` is possible.
        names: For a language in which the text decides: (file name, class to start) of a program's text.
        overhead_bytes: What the language's runtime needs on top of what the program may use.
        out_of_memory: What the runtime says on stderr when the program has used up its memory.
        build_limits: Limits of the build; its output is what the compiler says.
        prepare: A command that is run once, as root, in a new image: it makes later builds faster.
        hello: A program that reads a word and prints "hello WORD", then on a second line the version of its runtime.
    """

    name: str
    suffixes: tuple[str, ...]
    source_name: str
    packages: tuple[str, ...]
    tools: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    calls: bool = False
    names: Callable[[str], tuple[str, str]] | None = None
    overhead_bytes: int = 0
    out_of_memory: bytes = b""
    build_limits: Limits
    prepare: tuple[str, ...] = ()
    hello: str

    @property
    def in_guest(self) -> bool:
        """Run by the guest's own interpreter instead of a command."""
        return not self.run

    def source_file(self, program: Program) -> str:
        """Name of the file that the program's text belongs in."""
        return self.names(program.source)[0] if self.names else self.source_name

    def build_command(self, program: Program, *, artifact: str) -> list[str]:
        """Arguments of the build, `{artifact}` being what is given here."""
        units = [name for name, _ in program.sources if name.endswith(self.suffixes)]
        return self._filled(self.build, program, artifact=artifact, units=units)

    def run_command(self, program: Program, *, artifact: str, memory_bytes: int) -> list[str]:
        """Arguments of a run, the program's own included."""
        memory = str(max(1, memory_bytes // MIB))
        return [*self._filled(self.run, program, artifact=artifact, memory_mib=memory), *program.arguments]

    def with_overhead(self, limits: Limits) -> Limits:
        """Limits of the process as a whole, when the program may use `limits`."""
        return replace(limits, memory_bytes=limits.memory_bytes + self.overhead_bytes)

    def ended(self, execution: Execution) -> Execution:
        """A runtime that gives up for want of memory has met the memory limit, though the kernel saw nothing."""
        failed = execution.status in (Status.NONZERO_EXIT, Status.SIGNALED)
        if failed and self.out_of_memory and self.out_of_memory in execution.stderr:
            return replace(execution, status=Status.MEMORY_LIMIT, exit_code=None, signal=None)
        return execution

    def _filled(
        self, template: tuple[str, ...], program: Program, *, units: list[str] | None = None, **places: str
    ) -> list[str]:
        source, main = self.names(program.source) if self.names else (self.source_name, "")
        filled: list[str] = []
        for part in template:
            if part == "{units}":
                filled += units or []
            else:
                filled.append(part.format(source=source, main=main, **places))
        return filled

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


_BUILD_LIMITS = Limits(cpu_s=20, wall_s=180, memory_bytes=1024 * MIB, output_bytes=MIB)
_C_HELLO = (
    "#include <stdio.h>\n"
    'int main(void) {\n  char word[64];\n  if (scanf("%63s", word) != 1) return 1;\n'
    '  printf("hello %s\\n%s\\n", word, __VERSION__);\n  return 0;\n}\n'
)
_CPP_HELLO = (
    "#include <iostream>\n#include <string>\n"
    "int main() {\n  std::string word;\n  std::cin >> word;\n"
    '  std::cout << "hello " << word << "\\n" << __VERSION__ << "\\n";\n}\n'
)
_JAVA_HELLO = (
    "public class Hello {\n  public static void main(String[] args) {\n"
    "    String word = new java.util.Scanner(System.in).next();\n"
    '    System.out.println("hello " + word + "\\n" + System.getProperty("java.version"));\n  }\n}\n'
)
_JAVASCRIPT_HELLO = (
    'const word = require("fs").readFileSync(0, "utf8").trim();\n'
    "console.log(`hello ${word}\\n${process.versions.node}`);\n"
)
_GO_HELLO = (
    'package main\n\nimport (\n\t"fmt"\n\t"runtime"\n\t"strings"\n)\n\nfunc main() {\n\tvar word string\n'
    '\tfmt.Scan(&word)\n\tfmt.Printf("hello %s\\n%s\\n", word, strings.TrimPrefix(runtime.Version(), "go"))\n}\n'
)
_RUST_HELLO = (
    "fn main() {\n    let mut word = String::new();\n    std::io::stdin().read_line(&mut word).unwrap();\n"
    '    println!("hello {}\\n2021 edition", word.trim());\n}\n'
)

_CPP_FLAGS = ("-std=c++17", "-O2", "-pipe", "-fmax-errors=20")
_PRECOMPILE = (
    """header=$(echo '#include <bits/stdc++.h>' | g++ "$@" -M -x c++ - | tr ' ' '\\n' | grep -m1 'bits/stdc++[.]h$')"""
    """ && g++ "$@" -x c++-header -o "$header.gch" "$header\""""
)
"""All standard headers at once: what contestants include, and what is put around functions that are called. The
compiler takes the precompiled form where that is the first include and the flags are the same."""

_JVM = ("-Xshare:auto", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:ReservedCodeCacheSize=64m")
"""One collector thread, nothing left in /tmp, and a small part of the address space."""
_JAVAC = " ".join(f"-J{flag}" for flag in (*_JVM, "-Xmx512m", "-XX:TieredStopAtLevel=1"))

_TABLE = (
    Language(
        name="python",
        suffixes=(".py", ".py3"),
        source_name="main.py",
        packages=("python3",),
        calls=True,
        build_limits=Limits(cpu_s=5, wall_s=45, memory_bytes=512 * MIB, output_bytes=MIB),
        hello="import platform\nprint('hello', input())\nprint(platform.python_version())\n",
    ),
    Language(
        name="cpp",
        suffixes=(".cpp", ".cc", ".cxx", ".c++", ".C"),
        source_name="main.cpp",
        packages=("g++",),
        tools=("g++",),
        build=("g++", *_CPP_FLAGS, "-o", "{artifact}", "{source}", "{units}"),
        run=("{artifact}",),
        calls=True,
        build_limits=_BUILD_LIMITS,
        prepare=("sh", "-c", _PRECOMPILE, "precompile", *_CPP_FLAGS),
        hello=_CPP_HELLO,
    ),
    Language(
        name="c",
        suffixes=(".c",),
        source_name="main.c",
        packages=("g++",),
        tools=("gcc",),
        build=(
            "gcc",
            "-std=gnu17",
            "-O2",
            "-pipe",
            "-fmax-errors=20",
            "-o",
            "{artifact}",
            "{source}",
            "{units}",
            "-lm",
        ),
        run=("{artifact}",),
        build_limits=_BUILD_LIMITS,
        hello=_C_HELLO,
    ),
    Language(
        name="java",
        suffixes=(".java",),
        source_name="Main.java",
        packages=("openjdk-17-jdk-headless",),
        tools=("javac", "jar", "java"),
        build=(
            *("sh", "-c"),
            f'javac {_JAVAC} -encoding UTF-8 -nowarn -d classes "$@" && jar {_JAVAC} --create --no-compress'
            " --file {artifact} -C classes .",
            *("javac", "{source}", "{units}"),
        ),
        run=("java", *_JVM, "-Xmx{memory_mib}m", "-Xss64m", "-Dfile.encoding=UTF-8", "-cp", "{artifact}", "{main}"),
        names=java_names,
        overhead_bytes=256 * MIB,
        out_of_memory=b"java.lang.OutOfMemoryError",
        build_limits=_BUILD_LIMITS,
        hello=_JAVA_HELLO,
    ),
    Language(
        name="javascript",
        suffixes=(".js",),
        source_name="main.js",
        packages=("nodejs",),
        tools=("node",),
        build=("sh", "-c", "node --check {source} && cp {source} {artifact}"),
        # The artifact has no path of its own that could be resolved.
        run=(
            *("node", "--max-old-space-size={memory_mib}", "--stack-size=65536", "--preserve-symlinks-main"),
            "{artifact}",
        ),
        overhead_bytes=128 * MIB,
        out_of_memory=b"JavaScript heap out of memory",
        build_limits=_BUILD_LIMITS,
        hello=_JAVASCRIPT_HELLO,
    ),
    Language(
        name="go",
        suffixes=(".go",),
        source_name="main.go",
        packages=("golang-go",),
        tools=("go",),
        build=(
            *("env", "GO111MODULE=off", "CGO_ENABLED=0", "GOFLAGS=-p=1"),
            *("go", "build", "-o", "{artifact}", "{source}", "{units}"),
        ),
        run=("{artifact}",),
        build_limits=_BUILD_LIMITS,
        hello=_GO_HELLO,
    ),
    Language(
        name="rust",
        suffixes=(".rs",),
        source_name="main.rs",
        packages=("rustc",),
        tools=("rustc",),
        build=("rustc", "--edition=2021", "-O", "-C", "strip=symbols", "-o", "{artifact}", "{source}"),
        run=("{artifact}",),
        build_limits=_BUILD_LIMITS,
        hello=_RUST_HELLO,
    ),
)

LANGUAGES = MappingProxyType({language.name: language for language in _TABLE})


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


def language_of_file(name: str) -> str | None:
    """Language of a source file by its ending, or None."""
    suffix = PurePath(name).suffix
    return next((entry.name for entry in LANGUAGES.values() if suffix in entry.suffixes), None)
