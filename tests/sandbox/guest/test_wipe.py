"""Whatever a program leaves in its folder is removed."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.guest.wipe import wipe


def test_empty_folder(tmp_path: Path) -> None:
    assert wipe(str(tmp_path))


def test_deep_nest_needs_no_stack_and_no_descriptors(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        open("file", "w").close()
    finally:
        os.chdir(here)
    assert wipe(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_modes_odd_names_links_and_pipes(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in (b"\xff", b"a\nb", b".wipe1", b"-rf"):
        inner = os.path.join(os.fsencode(folder), name)
        os.mkdir(inner)
        os.mkdir(os.path.join(inner, b"x"))
        open(os.path.join(inner, b"x", b"f"), "w").close()
        os.chmod(os.path.join(inner, b"x"), 0)
        os.chmod(inner, 0)
    (folder / "link").symlink_to(outside)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    assert wipe(str(folder))
    assert os.listdir(folder) == []
    assert (outside / "kept").read_text() == "kept"


def test_missing_folder_is_not_clean(tmp_path: Path) -> None:
    assert not wipe(str(tmp_path / "nowhere"))
