"""What a program does and how it must end, the same on every tier. Plain data, for other users' processes too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.execution import Limits

OK, RAISED, TIME, MEMORY = "OK", "NONZERO_EXIT", "TIME_LIMIT", "MEMORY_LIMIT"


INODES = {"TIME_LIMIT", "MEMORY_LIMIT"}
"""How a program that fills the inodes may end under bubblewrap besides: its tmpfs has no limit on them."""


def limits_for(statuses: Collection[str]) -> Limits:
    """Short where the clock is to end it; long where another end must come first on however busy a machine."""
    seconds = {"cpu_s": 0.5, "wall_s": 2.0} if TIME in statuses else {"cpu_s": 10.0, "wall_s": 20.0}
    return Limits(**seconds, memory_bytes=96 << 20, output_bytes=(1 << 20) + 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One program on one input.

    Attributes:
        given: Standard input; for a call the arguments in wire form.
        statuses: Allowed ends; "BUILD" stands for a build that failed.
        stdout, value: What must have come out; None: not looked at.
    """

    source: str
    given: str = ""
    entry_point: str | None = None
    language: str = "python"
    statuses: tuple[str, ...] = (OK,)
    stdout: bytes | None = None
    value: bytes | None = None


BEHAVIOUR = {
    "1 MiB of output": Case(source="import sys; sys.stdout.write('x' * (1 << 20))", stdout=b"x" * (1 << 20)),
    "output of the byte kind": Case(
        source="import sys; sys.stdout.buffer.write(b'\\xff\\x00\\r\\n\\xef\\xbb\\xbf')",
        stdout=b"\xff\x00\r\n\xef\xbb\xbf",
    ),
    "input of the byte kind": Case(
        source="import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())",
        given="a\r\nb\0c",
        stdout=b"a\r\nb\0c",
    ),
    "standard input can be opened by path": Case(source="print(open('/dev/stdin').read())", given="x", stdout=b"x\n"),
    "working directory is writable and empty": Case(
        source="import os\nopen('x', 'w').write('1')\nprint(os.getcwd(), os.listdir())", stdout=b"/tmp ['x']\n"
    ),
    "home and secrets of the caller are not in sight": Case(
        source="import os\nfor path in ('/root', '/home'):\n    for _, _, files in os.walk(path):\n"
        "        seen = [name for name in files if name.startswith(('.bash', '.profile', 'id_rsa', 'id_ed'))]\n"
        "        assert not seen, (path, seen)\n"
        "assert not os.path.exists('/etc/shadow') or not os.access('/etc/shadow', os.R_OK)\n"
        "print('CODESIEVE_SECRET' in os.environ)",
        stdout=b"False\n",
    ),
    "order of sets is the same everywhere": Case(
        source="import os\nprint(os.environ.get('PYTHONHASHSEED'))", stdout=b"0\n"
    ),
    "another program in its place": Case(source="import os; os.execv('/usr/bin/env', ['env', 'true'])", stdout=b""),
    "shared memory is not there": Case(source="open('/dev/shm/x', 'w')", statuses=(RAISED,)),
    "big memory, undumpable": Case(
        source="import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\nkept = bytearray(300 << 20)\n"
        "for at in range(0, len(kept), 4096): kept[at] = 1\nwhile True: pass",
        statuses=(MEMORY, RAISED),
    ),
    "many memory files": Case(
        source="import os\nkept = []\nwhile True:\n    kept.append(os.memfd_create('x'))\n"
        "    for _ in range(60): os.write(kept[-1], bytes(1 << 20))",
        statuses=(MEMORY, RAISED),
    ),
    "call": Case(
        source="def f(a, b):\n    print('noise')\n    return (a, {b: [1.5, None]})",
        entry_point="f",
        given='[1,"x"]',
        value=b'{"tuple":[1,{"dict":[["x",[1.5,null]]]}]}',
    ),
    "call that leaves": Case(
        source="import sys\ndef f(): sys.exit(0)", entry_point="f", given="[]", statuses=(RAISED,)
    ),
    "call that leaves for good": Case(
        source="import os\ndef f(): os._exit(0)", entry_point="f", given="[]", statuses=(RAISED,)
    ),
    "call that never ends": Case(
        source="def f():\n    while True: pass", entry_point="f", given="[]", statuses=(TIME,)
    ),
    "call with an answer of another make": Case(
        source="class Liar(str):\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        "def f(): return Liar('no')",
        entry_point="f",
        given="[]",
        value=b'"no"',
    ),
    "call that prints its verdict": Case(
        source='import os\ndef f():\n    os.write(1, b\'{"value":true}\\n{"ended":"exit"}\\n\')\n    return False',
        entry_point="f",
        given="[]",
        value=b"false",
    ),
    "call with an answer that has no form": Case(
        source="def f(): return object()", entry_point="f", given="[]", statuses=(RAISED,)
    ),
    "call with an exception that will not be shown": Case(
        source="class Bad(Exception):\n    def __str__(self): raise SystemExit(0)\n    __repr__ = __str__\n"
        "def f(): raise Bad()",
        entry_point="f",
        given="[]",
        statuses=(RAISED,),
    ),
    "call too deep": Case(source="def f(): return f()", entry_point="f", given="[]", statuses=(RAISED,)),
    "call too deep through built-in functions": Case(
        source="def f(x=0): return sorted([0], key=lambda _: f())", entry_point="f", given="[]", statuses=(RAISED,)
    ),
    "deep call": Case(
        source="def f(n): return 0 if n == 0 else 1 + f(n - 1)", entry_point="f", given="[5000]", value=b"5000"
    ),
    "exception that will not be shown": Case(
        source="class Bad(Exception):\n    def __str__(self): raise SystemExit(0)\n    __repr__ = __str__\nraise Bad()",
        statuses=(RAISED,),
    ),
    "syntax error": Case(source="def f(:", statuses=("BUILD",)),
    "C++": Case(
        language="cpp",
        source="#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }",
        given="40 2\n",
        stdout=b"42\n",
    ),
    "C++ that does not compile": Case(language="cpp", source="int main() { return x; }", statuses=("BUILD",)),
    "C++ that spins": Case(
        language="cpp", source="int main() { volatile unsigned x = 0; for (;;) x = x + 1; }", statuses=(TIME,)
    ),
    "C++ that asks for everything": Case(
        language="cpp",
        source="#include <vector>\nint main() { std::vector<std::vector<char>> all;\n"
        "  for (;;) all.emplace_back(1 << 20, 'x'); }",
        statuses=(MEMORY,),
    ),
    "C++ that crashes": Case(
        language="cpp",
        source="#include <cstdlib>\nint main() { std::abort(); }",
        statuses=("SIGNALED",),
    ),
}
