"""Empty a folder in which a program did its worst. To be called when all its processes are dead."""

from __future__ import annotations

import os
from contextlib import suppress

_MAX_STEPS = 100_000


def wipe(folder: str) -> bool:
    """Remove everything in `folder`; whether it is empty now.

    Deep nests are flattened from the top by renaming, so that neither a stack nor descriptors run out. Runs as the
    files' owner, who may change their modes.
    """
    steps = serial = 0
    _reset(folder)
    try:
        while names := os.listdir(folder):
            for name in names:
                steps += 1
                if steps > _MAX_STEPS:
                    return False
                serial = _remove(os.path.join(folder, name), folder, serial)
    except OSError:
        return False
    return True


def _reset(folder: str) -> None:
    """What a program may have done to the folder itself, where it is the folder's owner (a box with one uid)."""
    with suppress(OSError):
        os.chmod(folder, 0o1777)  # noqa: S103 (as it was made)
        os.utime(folder)
        for name in os.listxattr(folder):
            os.removexattr(folder, name)


def _remove(path: str, folder: str, serial: int) -> int:
    """Unlink a file; lift a folder's own folders to the top and remove it."""
    if _unlinked(path):
        return serial
    os.chmod(path, 0o700)
    for name in os.listdir(path):
        inner = os.path.join(path, name)
        if _unlinked(inner):
            continue
        os.chmod(inner, 0o700)  # moving a folder changes its "..", which asks for write permission on it
        while True:
            serial += 1
            target = os.path.join(folder, f".wipe{serial}")
            if not os.path.lexists(target):
                break
        os.rename(inner, target)
    os.rmdir(path)
    return serial


def _unlinked(path: str) -> bool:
    try:
        os.unlink(path)
    except (IsADirectoryError, PermissionError):
        if os.path.islink(path) or not os.path.isdir(path):
            raise
        return False
    return True
