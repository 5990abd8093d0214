"""Programs that mean harm: each ends in its status, in bounded time, and leaves a clean box behind."""

from __future__ import annotations

import pytest

from sandbox.container import DockerSandbox
from sandbox.execution import Limits, Program, Status

pytestmark = pytest.mark.docker

LIMITS = Limits(cpu_s=0.5, wall_s=2.0, memory_bytes=96 << 20, output_bytes=1 << 20)

TIME, MEMORY, OUTPUT = Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT
RAISED, SIGNALED, OK = Status.NONZERO_EXIT, Status.SIGNALED, Status.OK

CASES = {
    "spin": ("while True: pass", {TIME}),
    "sleep": ("import time; time.sleep(1e6)", {TIME}),
    "sleep with its streams closed": ("import os, time\nos.closerange(0, 3)\ntime.sleep(1e6)", {TIME}),
    "stops itself": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", {TIME}),
    "ignores every signal": (
        "import signal\nfor number in range(1, 65):\n    try: signal.signal(number, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: pass",
        {TIME},
    ),
    "fork bomb": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", {TIME, MEMORY}),
    "fork bomb whose parent leaves": (
        "import os\nif os.fork() == 0:\n    while True:\n        try: os.fork()\n        except OSError: pass",
        {OK, TIME},
    ),
    "threads": (
        "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(100,)).start()\n"
        "    except RuntimeError: pass",
        {TIME},
    ),
    "zombies": (
        "import os, time\nfor _ in range(1000):\n    try:\n        if os.fork() == 0: os._exit(0)\n"
        "    except OSError: break\ntime.sleep(100)",
        {TIME},
    ),
    "burns in children": (
        "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n    if os.fork() == 0:\n"
        "        for _ in range(100000): pass\n        os._exit(0)\n    try: os.wait()\n    except OSError: pass",
        {TIME},
    ),
    "heap": ("kept = []\nwhile True: kept.append(bytearray(1 << 20))", {MEMORY}),
    "map": (
        "import mmap\nwhole = mmap.mmap(-1, 1 << 30)\nfor at in range(0, 1 << 30, 4096): whole[at] = 1",
        {MEMORY},
    ),
    "memory in many processes": (
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        kept = bytearray(20 << 20)\n"
        "        for at in range(0, len(kept), 4096): kept[at] = 1\n        time.sleep(100)\ntime.sleep(100)",
        {MEMORY},
    ),
    "memory file": (
        "import os\nfile = os.memfd_create('x')\nwhile True: os.write(file, bytes(1 << 20))",
        {MEMORY, RAISED},
    ),
    "raises MemoryError": ("kept = [0] * (1 << 45)", {MEMORY}),
    "floods stdout": ("while True: print('x' * 10000)", {OUTPUT}),
    "floods stderr": ("import sys\nwhile True: sys.stderr.write('x' * 10000)", {OUTPUT}),
    "fills the disk": ("with open('x', 'wb') as file:\n    while True: file.write(bytes(1 << 20))", {RAISED}),
    "fills the inodes": ("number = 0\nwhile True:\n    open(str(number), 'w').close(); number += 1", {RAISED}),
    "deep folders": (
        "import os\nfor _ in range(900):\n    os.mkdir('d'); os.chdir('d')\nos.chmod('.', 0)",
        {OK},
    ),
    "forbidden folders": (
        "import os\nfor name in ('a', 'b\\n', '\\udcff', ' '):\n    os.mkdir(name); open(name + '/x', 'w').close()\n"
        "    os.mkdir(name + '/y'); os.chmod(name + '/y', 0); os.chmod(name, 0o1000)",
        {OK},
    ),
    "leaves links and queues": (
        "import os\nos.symlink('/', 'root'); os.mkfifo('fifo'); os.symlink('nowhere', 'dangling')",
        {OK},
    ),
    "daemon that holds stdout": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(1e6)\n"
        "    os._exit(0)\nprint('gone')",
        {OK},
    ),
    "kills everybody": ("import os\nos.kill(-1, 9)\nos.kill(1, 9)", {RAISED}),
    "ends its parent": ("import os\nos.kill(os.getppid(), 9)", {RAISED}),
    "reads PID 1": ("open('/proc/1/mem', 'rb')", {RAISED}),
    "reads PID 1's environment": ("open('/proc/1/environ', 'rb')", {RAISED}),
    "lists PID 1's descriptors": ("import os\nos.listdir('/proc/1/fd')", {RAISED}),
    "connects": ("import socket\nsocket.create_connection(('127.0.0.1', 80))", {RAISED}),
    "unix socket": ("import socket\nsocket.socket(socket.AF_UNIX)", {RAISED}),
    "writes elsewhere": ("open('/dev/mqueue/x', 'w')", {RAISED}),
    "writes to the system": ("open('/etc/passwd', 'a')", {RAISED}),
    "becomes root": ("import os\nos.setuid(0)", {RAISED}),
    "new user namespace": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "assert libc.unshare(0x10000000) == 0, ctypes.get_errno()",
        {RAISED},
    ),
    "traces": ("import ctypes\nassert ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0", {RAISED}),
    "segfault": ("import ctypes\nctypes.string_at(0)", {SIGNALED}),
    "exits as if all were well": ("import os\nos._exit(0)", {OK}),
    "recursion": ("def f(): f()\nf()", {RAISED}),
    "huge exception": ("raise ValueError('x' * (1 << 19))", {RAISED}),
    "closes every descriptor": ("import os\nos.closerange(0, 1000)", {OK, RAISED}),
    "writes to every descriptor": (
        "import os\nfor number in range(3, 256):\n    try: os.write(number, b'built 100\\nmemory')\n"
        "    except OSError: pass\nwhile True: pass",
        {TIME},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_ends_as_it_must_and_leaves_nothing(name: str, docker_sandbox: DockerSandbox) -> None:
    source, expected = CASES[name]
    run = docker_sandbox.run(Program(language="python", source=source), (b"",), LIMITS)
    (execution,) = run.executions
    assert execution.status in expected, execution
    assert docker_sandbox.check() == []
    again = docker_sandbox.run(Program(language="python", source="print(input())"), (b"hello\n",), LIMITS)
    assert again.executions[0].stdout == b"hello\n"


def test_source_bombs_end_in_the_box(docker_sandbox: DockerSandbox) -> None:
    for source in (
        "(" * 100_000,
        "x = 1\n" * 500_000 + "(",
        "-" * 1_000_000 + "1",
        "x = (1 << 30) * (1,) * 1000000000",
    ):
        run = docker_sandbox.run(Program(language="python", source=source), (b"",), LIMITS)
        assert not run.built or run.executions[0].status is not Status.OK
        assert docker_sandbox.check() == []
