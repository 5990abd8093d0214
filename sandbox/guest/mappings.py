"""Where the interpreter's own code lies. A fork leaves out the page tables of files that nothing was written to, and
every child then meets each page of code anew, at the price of a fault: fifty of them for the smallest program."""

from __future__ import annotations

import ctypes
import mmap
from contextlib import suppress

_SMALLEST = 16 * mmap.PAGESIZE
_READ, _WRITE, _EXECUTE = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC


def inherit_code() -> None:
    """Let children have what this process has mapped of the interpreter and of the C library: one page of each part is
    written to, with what it holds, and is read-only again before anything else runs."""
    library = ctypes.PyDLL(None)
    library.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    with suppress(OSError), open("/proc/self/maps") as file:
        for line in file.read().splitlines():
            addresses, rights, _, _, _, *path = line.split(maxsplit=5)
            start, end = (int(address, 16) for address in addresses.split("-"))
            if not path or not _is_code(path[0]) or rights not in ("r--p", "r-xp") or end - start < _SMALLEST:
                continue
            right = _READ | (_EXECUTE if "x" in rights else 0)
            # The whole part, since the kernel does not join again what it has once accounted for apart.
            if library.mprotect(start, end - start, right | _WRITE) == 0:
                ctypes.memmove(start, start, 1)
                library.mprotect(start, end - start, right)


def _is_code(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(("python", "libpython", "libc.so", "libc-"))
