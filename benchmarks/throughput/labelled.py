"""Programs whose verdict is known, for a limit of processor time.

What they use is spun on their own processor clock, so that the labels are true on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.execution import Execution, Grain, Limits, Program, Run

ACCEPTED, WRONG, SLOW, CRASHED = "AC", "WA", "TLE", "RTE"
MEMORY, OUTPUT, NO_BUILD = "MLE", "OLE", "CE"

_VERDICTS = {
    "TIME_LIMIT": SLOW,
    "MEMORY_LIMIT": MEMORY,
    "OUTPUT_LIMIT": OUTPUT,
    "NONZERO_EXIT": CRASHED,
    "SIGNALED": CRASHED,
}

_PYTHON = "import time\ndef f(s):\n    while time.process_time() < s: pass\n    return 42\n"
_PYTHON_CALLS = """
import time
def f(s):
    end = time.process_time() + s
    while time.process_time() < end: pass
    return 42
"""
_CPP = """
#include <cstdio>
#include <ctime>
int main() {
    double s; timespec t;
    if (std::scanf("%lf", &s) != 1) return 1;
    do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); while (t.tv_sec + t.tv_nsec * 1e-9 < s);
    std::puts("42");
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A program, its inputs, and the verdict that each execution must get.

    `patience` multiplies the limit of processor time where the label is about something else: a busy machine takes
    long to hand out memory.
    """

    name: str
    program: Program
    inputs: tuple[bytes, ...] = (b"",)
    expected: tuple[str, ...]
    grain: Grain = Grain.PER_INPUT
    patience: float = 1.0


def verdicts(run: Run) -> tuple[str, ...]:
    """What a judge would say of each execution; the right answer is always 42."""
    if not run.built:
        return (NO_BUILD,)
    return tuple(_verdict(execution) for execution in run.executions)


def _verdict(execution: Execution) -> str:
    said = _VERDICTS.get(execution.status.value)
    if said:
        return said
    return ACCEPTED if (execution.value or execution.stdout).strip() == b"42" else WRONG


def limits(cpu_s: float) -> Limits:
    return Limits(cpu_s=cpu_s, wall_s=3 * cpu_s, memory_bytes=128 << 20, output_bytes=1 << 20)


def labelled(cpu_s: float) -> list[Labelled]:
    """At least 60: 20 accepted at 50 to 90% of the limit, 10 too slow at 110 to 150%, others of every verdict."""
    near = [0.5 + 0.4 * step / 9 for step in range(10)]
    beyond = [1.1, 1.2, 1.3, 1.4, 1.5]
    found = []
    for share in near:
        found += [_stdio("python", share, cpu_s, ACCEPTED), _stdio("cpp", share, cpu_s, ACCEPTED)]
    for share in beyond:
        found += [_stdio("python", share, cpu_s, SLOW), _stdio("cpp", share, cpu_s, SLOW)]
    found += [
        _calls("batch near the limit", [0.5, 0.9, 0.7], cpu_s, (ACCEPTED,) * 3),
        _calls("batch with a slow call", [0.1, 1.2, 0.8], cpu_s, (ACCEPTED, SLOW, ACCEPTED)),
        _calls("calls one by one", [0.6, 1.3], cpu_s, (ACCEPTED, SLOW), grain=Grain.PER_INPUT),
    ]
    return found + [_other(*row) for row in _OTHERS] + [_cpp(*row) for row in _CPP_OTHERS]


def _stdio(language: str, share: float, cpu_s: float, expected: str) -> Labelled:
    source = _CPP if language == "cpp" else _PYTHON + "print(f(float(input())))"
    return Labelled(
        name=f"{language} at {share:.0%} of the limit",
        program=Program(language=language, source=source),
        inputs=(b"%.6f\n" % (share * cpu_s),),
        expected=(expected,),
    )


def _calls(
    name: str, shares: list[float], cpu_s: float, expected: tuple[str, ...], grain: Grain = Grain.PER_BATCH
) -> Labelled:
    return Labelled(
        name=name,
        program=Program(language="python", source=_PYTHON_CALLS, entry_point="f"),
        inputs=tuple(b"[%.6f]" % (share * cpu_s) for share in shares),
        expected=expected,
        grain=grain,
    )


def _other(name: str, source: str, expected: str) -> Labelled:
    patience = 10.0 if expected == MEMORY else 1.0
    program = Program(language="python", source=source)
    return Labelled(name=name, program=program, expected=(expected,), patience=patience)


def _cpp(name: str, source: str, expected: str) -> Labelled:
    return Labelled(name=name, program=Program(language="cpp", source=source), expected=(expected,))


_HOARDS = """
import mmap
kept = mmap.mmap(-1, 1 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
kept.madvise(mmap.MADV_HUGEPAGE)
while True:
    kept.write(b"x" * (1 << 20))
"""
"""In large pages where there are any: page by page, a busy machine takes the time limit to get there."""

_OTHERS = (
    ("prints", "print(42)", ACCEPTED),
    ("prints without newline", "print(42, end='')", ACCEPTED),
    ("prints slowly", "import time\nfor c in '42':\n    print(c, end='', flush=True)\n    time.sleep(0.01)", ACCEPTED),
    ("prints from a thread", "import threading\nthreading.Thread(target=print, args=(42,)).start()", ACCEPTED),
    ("prints at exit", "import atexit\natexit.register(print, 42)", ACCEPTED),
    ("prints from a child", "import subprocess\nsubprocess.run(['echo', '42'])", ACCEPTED),
    ("recurses 900 deep", "def f(n): return 42 if n == 0 else f(n - 1)\nprint(f(900))", ACCEPTED),
    ("takes 50 MiB", "x = bytes(50 << 20)\nprint(42)", ACCEPTED),
    ("prints nothing", "pass", WRONG),
    ("prints another number", "print(41)", WRONG),
    ("leaves early", "import sys\nsys.exit(0)\nprint(42)", WRONG),
    ("leaves for good", "import os\nprint(42)\nos._exit(0)", WRONG),
    ("raises", "1 / 0", CRASHED),
    ("raises after its answer", "print(42)\nraise ValueError", CRASHED),
    ("exits with 3", "exit(3)", CRASHED),
    ("recurses without end", "def f(): f()\nf()", CRASHED),
    ("aborts", "import os\nos.abort()", CRASHED),
    ("kills itself", "import os\nos.kill(os.getpid(), 9)", CRASHED),
    ("reads too much", "input()", CRASHED),
    ("spins", "while True: pass", SLOW),
    ("sleeps", "import time\ntime.sleep(60)", SLOW),
    ("waits for input that is not there", "import os\nr, w = os.pipe()\nos.read(r, 1)", SLOW),
    ("hoards", _HOARDS, MEMORY),
    ("prints without end", "while True: print('x' * 10000)", OUTPUT),
    ("does not parse", "print(42", NO_BUILD),
    ("is indented badly", "x = 1\n  print(42)", NO_BUILD),
)
_CPP_OTHERS = (
    ("C++ prints", '#include <cstdio>\nint main() { std::puts("42"); }', ACCEPTED),
    ("C++ is wrong", '#include <cstdio>\nint main() { std::puts("43"); }', WRONG),
    ("C++ crashes", "int main() { volatile int *p = nullptr; *p = 1; }", CRASHED),
    ("C++ returns 1", "int main() { return 1; }", CRASHED),
    ("C++ spins", "int main() { volatile unsigned x = 0; for (;;) x = x + 1; }", SLOW),
    ("C++ sleeps", "#include <unistd.h>\nint main() { sleep(60); }", SLOW),
    ("C++ does not compile", "int main() { return x; }", NO_BUILD),
)
