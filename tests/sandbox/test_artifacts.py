from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import artifacts
from sandbox.artifacts import Artifacts, BuildStore, builds_dir
from sandbox.backends import obstacle, open_sandbox
from sandbox.descriptors import memory_file
from sandbox.execution import Limits, Program

PROGRAM = Program(language="cpp", source="int main() {}")
OTHER = Program(language="cpp", source="int main() {}", sources=(("a.h", ""),))


def _content(descriptor: int | None) -> bytes | None:
    if descriptor is None:
        return None
    content = os.pread(descriptor, 1 << 20, 0)
    os.close(descriptor)
    return content


def _put(kept: Artifacts | BuildStore, program: Program, content: bytes) -> None:
    file = memory_file("x", content, executable=True)
    kept.put(program, file) if isinstance(kept, Artifacts) else kept.save(program, file)
    os.close(file)


def test_the_least_recently_used_build_goes_first() -> None:
    kept = Artifacts(capacity=2)
    programs = [Program(language="cpp", source=str(number)) for number in range(3)]
    _put(kept, programs[0], b"0")
    _put(kept, programs[1], b"1")
    assert _content(kept.get(programs[0])) == b"0"
    _put(kept, programs[2], b"2")
    assert [_content(kept.get(program)) for program in programs] == [b"0", None, b"2"]
    kept.clear()
    assert kept.get(programs[0]) is None


def test_builds_outlive_the_process_that_made_them(tmp_path: Path) -> None:
    first = Artifacts(store=BuildStore(tmp_path / "builds", lambda _: "g++ 12"))
    _put(first, PROGRAM, b"built")
    first.clear()
    second = Artifacts(store=BuildStore(tmp_path / "builds", lambda _: "g++ 12"))
    assert _content(second.get(PROGRAM)) == b"built"
    assert _content(second.get(OTHER)) is None
    second.clear()
    newer = BuildStore(tmp_path / "builds", lambda _: "g++ 13")
    assert newer.load(PROGRAM) is None


def test_a_damaged_build_is_none(tmp_path: Path) -> None:
    store = BuildStore(tmp_path, lambda _: "")
    _put(store, PROGRAM, b"built")
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b"x")
    assert store.load(PROGRAM) is None


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    store = BuildStore(tmp_path, lambda _: "")
    _put(store, PROGRAM, b"built")
    tmp_path.chmod(0o777)
    assert BuildStore(tmp_path, lambda _: "").load(PROGRAM) is None
    (tmp_path / "file").touch()
    assert BuildStore(tmp_path / "file", lambda _: "").load(PROGRAM) is None


def test_what_was_not_used_for_longest_goes_when_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BuildStore(tmp_path, lambda _: "")
    for age, program in enumerate((PROGRAM, OTHER)):
        _put(store, program, bytes(1000))
        path = store._path(program)
        os.utime(path, (1000 - age, 1000 - age))
    monkeypatch.setattr(artifacts, "MAX_STORED_BYTES", 1500)
    store.prune()
    assert store.load(OTHER) is None
    assert _content(store.load(PROGRAM)) == bytes(1000)


@pytest.mark.bubblewrap
def test_a_second_sandbox_builds_nothing_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path))
    program = Program(language="c", source='#include <stdio.h>\nint main(void) { puts("x"); return 0; }')
    for built in (True, False):
        sandbox = open_sandbox("bubblewrap", slots=1)
        run = sandbox.run(program, (b"",), Limits(wall_s=60))
        sandbox.close()
        assert run.executions[0].stdout == b"x\n"
        assert run.build is not None
        assert (run.build.cpu_s > 0) is built
    assert len(list(builds_dir().iterdir())) == 1
