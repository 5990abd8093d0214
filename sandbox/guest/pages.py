"""Two pages that PID 1 shares with the process of a run: what it says of itself, and what PID 1 may believe of it."""

from __future__ import annotations

import ctypes
import mmap
import struct

_BUILT = struct.Struct("=?d")
_CALL = struct.Struct("=qdd")
_MEMORY_AT = _CALL.size
_CLEAR = ctypes.create_string_buffer(_CALL.pack(-1, 0.0, 0.0), _CALL.size + 1)


def _address(page: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(page))


class BuildPage:
    """That the program came out of its build, and what building took.

    The child unmaps it before the program's first instruction: PID 1 can take it at its word.

    Attributes:
        address: Where it is; a byte that says whether, then the processor seconds.
    """

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self.address = _address(self._page)

    def clear(self) -> None:
        _BUILT.pack_into(self._page, 0, False, 0.0)

    def read(self) -> tuple[bool, float]:
        """Whether it was built, and the processor seconds up to then."""
        return _BUILT.unpack_from(self._page)

    def note(self, cpu_s: float) -> None:
        _BUILT.pack_into(self._page, 0, True, cpu_s)

    def leave(self) -> None:
        """In the child: nothing that runs there later can write to it."""
        self._page.close()


class RunPage:
    """The call under way, and that memory ran out. The program's to forge: PID 1 must not be hurt by what it finds.

    Attributes:
        address, cleared_address, cleared_bytes: Where it is, and what a cleared one begins with.
    """

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self.address = _address(self._page)
        self.cleared_address, self.cleared_bytes = ctypes.addressof(_CLEAR), len(_CLEAR)

    def clear(self) -> None:
        self._page[: len(_CLEAR)] = _CLEAR.raw

    def begin_call(self, index: int, cpu_s: float, wall_s: float) -> None:
        """Its number, and when it began: the process's processor clock and the monotonic one."""
        _CALL.pack_into(self._page, 0, index, cpu_s, wall_s)

    def call(self) -> tuple[int, float, float]:
        """As `begin_call`; the number is -1 before the first."""
        return _CALL.unpack_from(self._page)

    def note_out_of_memory(self) -> None:
        self._page[_MEMORY_AT] = 1

    @property
    def out_of_memory(self) -> bool:
        return self._page[_MEMORY_AT] != 0
