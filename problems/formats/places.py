"""Where the data of a published set lie: a path that was given, a cache or package on this machine, the model hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from problems.errors import ProblemError


def data_file(
    path: str | Path | None,
    names: Sequence[str],
    *,
    installed: Sequence[Path] = (),
    hub: tuple[str, str] | None = None,
    what: str,
) -> Path:
    """The file to be read.

    Args:
        path: A file; a folder that holds one of `names` (patterns, tried in order); None: look elsewhere.
        installed: Where the file may lie on this machine.
        hub: Repository of a data set on the hub, and the file's name there.
        what: The set's name, for messages.

    Raises:
        ProblemError: It is nowhere; says what was tried.
    """
    if path is not None:
        given = Path(path)
        if not given.is_dir():
            return given
        for name in names:
            found = sorted(given.glob(name)) + sorted(given.glob(f"data/{name}"))
            if found:
                return found[0]
        raise ProblemError(f"{given}: no file of {what} in this folder; looked for {', '.join(names)}")
    for file in installed:
        if file.is_file():
            return file
    if hub is not None:
        return _from_hub(*hub, what=what)
    raise ProblemError(f"{what} is not on this machine; give --data PATH of a file named like {names[0]}")


def cache_folder(name: str) -> Path:
    """Where another program keeps what it fetched."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / name


def _from_hub(repository: str, file: str, *, what: str) -> Path:
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise ProblemError(f"{what}: run 'pip install huggingface_hub', or give --data PATH") from error
    try:
        return Path(hf_hub_download(repository, file, repo_type="dataset"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ProblemError(
            f"{what}: {file} cannot be had from the hub's data set {repository} ({reason}); give --data PATH"
        ) from error
