"""Builds are kept: the latest ones in memory, and on disk what later processes can use.

A build is untrusted like the program that it was made from. It is kept as bytes, and run nowhere but in a box.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sandbox.anomalies import note
from sandbox.descriptors import memory_file
from sandbox.errors import SandboxError
from sandbox.execution import Program
from sandbox.languages import Language, language_of

MAX_STORED_BYTES = 512 << 20
"""Of all builds on disk; when a store is closed, those that were not used for longest go."""

_DIGEST_BYTES = 32


class Artifacts:
    """Builds, by program. Executable memory files; the least recently used go first. Safe for threads."""

    def __init__(self, capacity: int = 128, store: BuildStore | None = None) -> None:
        self._capacity = capacity
        self._store = store
        self._files: OrderedDict[bytes, int] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, program: Program) -> int | None:
        """A descriptor of the caller's own, or None."""
        key = _key(program)
        with self._lock:
            kept = self._files.get(key)
            if kept is not None:
                self._files.move_to_end(key)
                return os.dup(kept)
        stored = self._store.load(program) if self._store else None
        if stored is not None:
            self._keep(key, stored)
        return stored

    def put(self, program: Program, artifact: int) -> None:
        self._keep(_key(program), artifact)
        if self._store:
            self._store.save(program, artifact)

    def clear(self) -> None:
        with self._lock:
            while self._files:
                os.close(self._files.popitem()[1])
        if self._store:
            self._store.prune()

    def _keep(self, key: bytes, artifact: int) -> None:
        with self._lock:
            old = self._files.pop(key, None)
            self._files[key] = os.dup(artifact)
            if old is None and len(self._files) > self._capacity:
                _, old = self._files.popitem(last=False)
        if old is not None:
            os.close(old)


class BuildStore:
    """Builds on disk, by program and by what built it: a digest of the content, then the content.

    Where the folder cannot be used, or is open to others, nothing is stored.
    """

    def __init__(self, folder: Path, toolchain: Callable[[Language], str]) -> None:
        """`toolchain` names the compilers of a language, another name for every version of them."""
        self._folder, self._toolchain = folder, toolchain
        self._usable = _private(folder)

    def load(self, program: Program) -> int | None:
        """A sealed executable memory file, the caller's own; None when it is not there or damaged."""
        if not self._usable:
            return None
        try:
            path = self._path(program)
            data = path.read_bytes()
            os.utime(path)
        except (OSError, SandboxError):  # the latter: nobody can say at the moment what would build it
            return None
        digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            note("build_damaged", path=path)
            return None
        return memory_file("artifact", content, executable=True)

    def save(self, program: Program, artifact: int) -> None:
        if not self._usable:
            return
        content = os.pread(artifact, os.fstat(artifact).st_size, 0)
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
                file.write(hashlib.sha256(content).digest() + content)
            os.replace(file.name, self._path(program))
        except (OSError, SandboxError) as error:
            note("build_not_stored", folder=self._folder, reason=error)

    def prune(self) -> None:
        """Take away the oldest until all of them are small enough together."""
        with suppress(OSError):
            files = sorted(((entry.stat(), entry.path) for entry in os.scandir(self._folder)), key=_last_used)
            total = sum(about.st_size for about, _ in files)
            for about, path in files:
                if total <= MAX_STORED_BYTES:
                    return
                os.unlink(path)
                total -= about.st_size

    def _path(self, program: Program) -> Path:
        language = language_of(program)
        made_by = "\0".join((self._toolchain(language), *language.build)).encode()
        return self._folder / hashlib.sha256(made_by + _key(program)).hexdigest()


def builds_dir() -> Path:
    """Below `CODESIEVE_CACHE` where it is set, else below the user's cache folder for codesieve."""
    if named := os.environ.get("CODESIEVE_CACHE"):
        return Path(named).expanduser() / "builds"
    import platformdirs

    return Path(platformdirs.user_cache_dir("codesieve")) / "builds"


def _last_used(file: tuple[os.stat_result, str]) -> float:
    return file[0].st_mtime


def _private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.stat()
    except OSError as error:
        note("build_not_stored", level=logging.INFO, folder=folder, reason=error)
        return False
    if about.st_uid != os.geteuid() or about.st_mode & 0o022:
        note("build_not_stored", folder=folder, reason="others may write to it")
        return False
    return True


def _key(program: Program) -> bytes:
    texts = (program.language, program.source, *(part for source in program.sources for part in source))
    return hashlib.sha256("\0".join(texts).encode(errors="surrogatepass")).digest()
