"""Data on its way into a box, and out of it, as descriptors: nothing is ever handed over by path."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MFD_EXEC = 0x10  # Linux 6.3; must be asked for where the system forbids executable memory files by default
_WRITE_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK


def memory_file(name: str, data: bytes | None = None, *, executable: bool = False) -> int:
    """Descriptor of an anonymous file: sealed against writing when it comes with data, else empty and to be filled."""
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        descriptor = os.memfd_create(name, flags | (_MFD_EXEC if executable else 0))
    except OSError:
        descriptor = os.memfd_create(name, flags)
    if data is not None:
        written = 0
        while written < len(data):
            written += os.pwrite(descriptor, memoryview(data)[written:], written)
        seal(descriptor)
    return descriptor


def seal(descriptor: int) -> None:
    """No writing from now on, by anybody."""
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _WRITE_SEALS)


def size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size


def pipe() -> tuple[int, int]:
    """Reading and writing end. Anybody who is given an end may open it again (/dev/stdout), whatever his uid."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    os.fchmod(writing, 0o666)
    return reading, writing


class Descriptors:
    """Descriptors to be closed together."""

    def __init__(self) -> None:
        self._open: list[int] = []

    def keep(self, descriptor: int) -> int:
        self._open.append(descriptor)
        return descriptor

    def release(self, *kept: int) -> None:
        """These are somebody else's to close from now on."""
        for descriptor in kept:
            self._open.remove(descriptor)

    def close(self, *kept: int) -> None:
        """Close these, unless they are closed already."""
        for descriptor in kept:
            if descriptor in self._open:
                self._open.remove(descriptor)
                with suppress(OSError):
                    os.close(descriptor)

    def close_all(self) -> None:
        self.close(*tuple(self._open))


@contextmanager
def descriptors() -> Iterator[Descriptors]:
    """Whatever was kept is closed at the end."""
    kept = Descriptors()
    try:
        yield kept
    finally:
        kept.close_all()
