"""Fetching embedded models: mirror after mirror into a partial file, the hash checked, then one atomic rename."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

from codegen.errors import ModelError, UsageError
from codegen.models.cache import exclusive, known_sha256, models_dir, sha256
from codegen.models.convert import copy_of
from codegen.models.mirrors import MIRRORS, MirrorError, remove_traces
from codegen.models.table import EmbeddedModel, embedded_model

_SPARE_BYTES = 256 << 20
"""Room for one wheel beside the file."""


def cached_path(name: str) -> Path | None:
    """The model's file where it has been fetched whole, else None."""
    model = embedded_model(name)
    path = models_dir() / model.filename
    return path if path.is_file() and path.stat().st_size == model.size_bytes else None


def pull(name: str, *, progress: bool = True) -> Path:
    """Fetch an embedded model where it is not in the cache; its file.

    A fetch that was cut off goes on where it stopped. CODESIEVE_MIRRORS (a list with commas) says which mirrors are
    tried, and in which order.

    Args:
        progress: Show a bar on stderr where that is a terminal, and a line at the start.

    Raises:
        UsageError: There is no such model or mirror.
        ModelError: No mirror served it, the bytes are wrong, or the disk is full.
    """
    model = embedded_model(name)
    path = models_dir() / model.filename
    if _good(path, model):
        return path
    with exclusive(path.with_suffix(".lock")):
        if _good(path, model):
            return path
        try:
            _fetch(model, path, progress)
        except OSError as error:
            raise ModelError(_disk_message(path, error)) from error
    return path


def remove(name: str) -> int:
    """Delete an embedded model and its converted copy; the bytes that were freed."""
    model = embedded_model(name)
    path = models_dir() / model.filename
    copy = copy_of(model.sha256)
    freed = sum(file.stat().st_size for file in (path, *copy.glob("*")) if file.is_file())
    path.unlink(missing_ok=True)
    remove_traces(_partial(path))
    shutil.rmtree(copy, ignore_errors=True)
    return freed


def _fetch(model: EmbeddedModel, path: Path, progress: bool) -> None:
    partial = _partial(path)
    failures: list[str] = []
    for mirror in _mirrors():
        done = partial.stat().st_size if partial.exists() else 0
        missing = model.size_bytes - done + _SPARE_BYTES
        if (free := shutil.disk_usage(path.parent).free) < missing:
            raise OSError(errno.ENOSPC, f"{missing / 1e6:,.0f} MB are wanted and {free / 1e6:,.0f} MB free")
        if progress:
            print(f"fetching {model.name} ({model.size_bytes / 1e6:,.0f} MB) from {mirror}", file=sys.stderr)
        try:
            with _Bar(model, done, shown=progress) as bar:
                MIRRORS[mirror](model, partial, bar)
            _check(model, partial)
        except MirrorError as error:
            failures.append(f"{mirror}: {error}")
            continue
        partial.replace(path)
        remove_traces(partial)
        return
    reasons = "\n".join(f"  {failure}" for failure in failures)
    raise ModelError(
        f"{model.name} could not be fetched:\n{reasons}\n"
        f"Try again later (what has come is kept), or put the file {model.filename} into {path.parent}."
    )


def _check(model: EmbeddedModel, partial: Path) -> None:
    """Raise MirrorError, the file removed, when the bytes are not the publisher's."""
    if (found := sha256(partial)) != model.sha256:
        remove_traces(partial)
        raise MirrorError(f"{model.filename} has SHA-256 {found} instead of {model.sha256}; the file was removed")


def _good(path: Path, model: EmbeddedModel) -> bool:
    """Whether the file is there and right; one that is wrong is removed."""
    if not path.is_file():
        return False
    if path.stat().st_size == model.size_bytes and known_sha256(path) == model.sha256:
        return True
    print(f"{path} is not what its publisher signed (SHA-256 or size differs); fetching it anew", file=sys.stderr)
    path.unlink()
    return False


def _partial(path: Path) -> Path:
    return path.with_suffix(".partial")


def _mirrors() -> tuple[str, ...]:
    named = os.environ.get("CODESIEVE_MIRRORS", "")
    mirrors = tuple(name.strip() for name in named.split(",") if name.strip()) or tuple(MIRRORS)
    if unknown := [name for name in mirrors if name not in MIRRORS]:
        raise UsageError(f"CODESIEVE_MIRRORS names '{unknown[0]}'; there are {', '.join(MIRRORS)}")
    return mirrors


def _disk_message(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        why = f"the disk is full ({error.strerror})" if error.strerror else "the disk is full"
        return f"{path.name}: {why}. Free some in {path.parent}, or set CODESIEVE_CACHE to another disk."
    return f"{path} cannot be written: {error.strerror or error}. Set CODESIEVE_CACHE to a folder you may write."


class _Bar:
    """A bar on stderr in bytes, told sizes of the file and not steps."""

    def __init__(self, model: EmbeddedModel, done: int, *, shown: bool) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=model.size_bytes, initial=done, unit="B", unit_scale=True, desc=model.name,
            file=sys.stderr, disable=None if shown else True,
        )  # fmt: skip

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, size: int) -> None:
        self._bar.n = size
        self._bar.refresh()
