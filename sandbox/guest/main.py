"""The guest: PID 1 of a box, a fork server that holds no tests, no results and no earlier candidate.

Standard library only. The same file serves both tiers; the folder that holds it must be visible inside the box as
`<anything>/sandbox/guest` (`sandbox` may be a bare folder there), and nothing else of the project needs to be.

    python3 -s -P -B <root>/sandbox/guest/main.py (--connect SOCKET | --fd N) [--uid U] [--lock-down] [--cgroup DIR]
               [--helper LIBRARY]

    --connect   Connect to the host's listening SOCK_SEQPACKET socket at this path (Docker: the slot folder is mounted).
    --fd        Use this inherited descriptor, one end of a SOCK_SEQPACKET socketpair (bubblewrap).
    --uid       Every program runs as this uid and gid; needs CAP_SETUID, CAP_SETGID and CAP_KILL.
    --lock-down For a box in which only one uid is mapped: no change of uid. Must be PID 1 of its PID namespace
                (`--as-pid-1`), so that the kernel keeps its own children's signals from it. Either this or --uid.
    --cgroup    Where the box's own cgroup can be read, v1 or v2 (default /sys/fs/cgroup); where there is none,
                processor time and memory are summed over /proc.
    --helper    `turns.c`, compiled; where it is not there, the same is done in Python.

What the box must bring: /proc of its own PID namespace, an empty writable /tmp that nobody else uses, no network, this
process as PID 1. PYTHONHASHSEED=0 in the environment makes the order of sets the same in every box. The guest adds by
itself: no_new_privs, a seccomp deny list (installed once, after it is connected), Landlock where the kernel has it,
rlimits for each child.

Protocol: see `wire.py`. The first message goes from guest to host: {"hello": {...}}. When the other end closes, the
guest ends, and with it everything in the box.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from _socket import AF_UNIX, SOCK_SEQPACKET, socket

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from sandbox.guest import child, confine, interpreter, meter, supervise, wire

_WARM = (
    "abc array bisect collections collections.abc contextlib functools heapq io itertools json math operator random re "
    "threading time types typing"
)
"""Modules that programs import most: loaded once here, so that a program's own import costs nothing. Others would make
every fork dearer (a twentieth of a millisecond per megabyte) for the few that want them."""

_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}  # noqa: S108


def _options(words: list[str]) -> dict[str, str]:
    """By name. (argparse takes 0.4 MB, which every fork would copy.)"""
    options = {"--cgroup": "/sys/fs/cgroup"}
    rest = iter(words)
    for name in rest:
        options[name] = "" if name == "--lock-down" else next(rest)
    if ("--connect" in options) == ("--fd" in options) or ("--uid" in options) == ("--lock-down" in options):
        raise ValueError(f"one of --connect and --fd, and one of --uid and --lock-down, not {words}")
    return options


def _channel(options: dict[str, str]) -> socket:
    """(`socket` without the underscore makes enumerations of its constants: 0.2 MB, which every fork would copy.)"""
    if "--fd" in options:
        return socket(fileno=int(options["--fd"]))
    channel = socket(AF_UNIX, SOCK_SEQPACKET)
    channel.connect(options["--connect"])
    return channel


def _warm() -> None:
    """Do what every child would have to do."""
    for name in _WARM.split():
        importlib.import_module(name)
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
    os.chdir("/tmp")  # noqa: S108
    interpreter.prepare(child.rehearse)


def serve(channel: socket, box: supervise.Box) -> None:
    """Answer requests one by one until the host closes its end."""
    while True:
        message, descriptors = wire.receive(channel)
        if message is None:
            return
        operation = message.get("op")
        if operation == "run":
            box.run(message, descriptors)
        elif operation == "echo":
            os.write(descriptors[0], message["text"].encode())
            wire.send(channel, {"id": message["id"]})
            os.close(descriptors[0])


def main() -> None:
    """Connect, lock the doors, serve."""
    options = _options(sys.argv[1:])
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    channel = _channel(options)
    try:
        confinement = confine.confine_server(uid=int(options["--uid"]) if "--uid" in options else None)
        helper = options.get("--helper")
        box = supervise.Box(
            channel, meter.find(options["--cgroup"]), confinement, helper if helper and os.path.exists(helper) else None
        )
        _warm()
        wire.send(channel, {"hello": box.describe()})
        serve(channel, box)
    except (ConnectionError, BrokenPipeError):
        return
    except Exception as error:  # nobody reads this process's stderr: the host must hear of it here
        wire.send(channel, {"failed": f"{type(error).__name__}: {error}"})
        raise


if __name__ == "__main__":
    main()
