"""Mirrors against a local web server and a local folder of wheels; pip and the hub's addresses are the real ones."""

from __future__ import annotations

import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.models.mirrors import MirrorError, from_hub, from_packages
from codegen.models.table import EmbeddedModel, WheelPart

BYTES = bytes(range(256)) * 40
PARTS = (BYTES[:4000], BYTES[4000:8000], BYTES[8000:])


def toy_model(content: bytes = BYTES) -> EmbeddedModel:
    return EmbeddedModel(
        name="toy-1b",
        hub_id="toys/toy-1b",
        filename="toy.gguf",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        licence="MIT",
        parts=tuple(
            WheelPart(requirement=f"codesieve-toy-part{n}==1.0", member=f"/data/part{n:02}.bin") for n in (1, 2, 3)
        ),
    )


def make_wheel(folder: Path, number: int, content: bytes, *, member: str = "") -> Path:
    name = f"codesieve_toy_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('imported')\n")
        wheel.writestr(member or f"{name}/data/part{number:02}.bin", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all pip can see."""
    folder = tmp_path / "index"
    folder.mkdir()
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


class Hub(http.server.ThreadingHTTPServer):
    """Serves BYTES at the address of the toy model; `cut` bytes at most in one answer."""

    cut: int | None = None
    asked: list[str | None]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        if self.path != "/toys/toy-1b/resolve/main/toy.gguf":
            self.send_error(404, "Not Found")
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(BYTES) - start))
        self.end_headers()
        self.wfile.write(BYTES[start:][: self.server.cut])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for variable in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class TestHub:
    def test_serves_the_file(self, hub: Hub, tmp_path: Path) -> None:
        sizes: list[int] = []
        from_hub(toy_model(), tmp_path / "toy.partial", sizes.append)
        assert (tmp_path / "toy.partial").read_bytes() == BYTES
        assert sizes[-1] == len(BYTES)

    def test_goes_on_where_it_was_cut_off(self, hub: Hub, tmp_path: Path) -> None:
        hub.cut = 5000
        with pytest.raises(MirrorError, match=r"ended after|broke off"):
            from_hub(toy_model(), tmp_path / "toy.partial", lambda _: None)
        hub.cut = None
        from_hub(toy_model(), tmp_path / "toy.partial", lambda _: None)
        assert (tmp_path / "toy.partial").read_bytes() == BYTES
        assert hub.asked[1] is not None

    def test_says_what_the_server_answered(self, hub: Hub, tmp_path: Path) -> None:
        import dataclasses

        with pytest.raises(MirrorError, match="answers 404"):
            from_hub(dataclasses.replace(toy_model(), filename="other.gguf"), tmp_path / "x.partial", lambda _: None)

    def test_out_of_reach(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        with pytest.raises(MirrorError, match="cannot be reached"):
            from_hub(toy_model(), tmp_path / "x.partial", lambda _: None)

    def test_offline_by_choice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(MirrorError, match="HF_HUB_OFFLINE"):
            from_hub(toy_model(), tmp_path / "x.partial", lambda _: None)


class TestPackages:
    def test_slices_are_put_together_and_wheels_thrown_away(self, index: Path, tmp_path: Path) -> None:
        for number, content in enumerate(PARTS, 1):
            make_wheel(index, number, content)
        sizes: list[int] = []
        from_packages(toy_model(), tmp_path / "toy.partial", sizes.append)
        assert (tmp_path / "toy.partial").read_bytes() == BYTES
        assert sizes[-1] == len(BYTES)
        assert not list(tmp_path.glob(".wheel-*"))

    def test_whole_slices_are_kept_and_torn_ones_are_fetched_again(self, index: Path, tmp_path: Path) -> None:
        partial = tmp_path / "toy.partial"
        first = make_wheel(index, 1, PARTS[0])
        second = make_wheel(index, 2, PARTS[1])
        with pytest.raises(MirrorError, match="codesieve-toy-part3"):
            from_packages(toy_model(), partial, lambda _: None)
        assert partial.read_bytes() == PARTS[0] + PARTS[1]

        first.unlink()  # the first slice must not be asked for again
        partial.write_bytes(PARTS[0] + b"torn" + PARTS[1][4:])
        make_wheel(index, 3, PARTS[2])
        from_packages(toy_model(), partial, lambda _: None)
        assert partial.read_bytes() == BYTES
        assert second.exists()

    def test_a_file_without_journal_starts_anew(self, index: Path, tmp_path: Path) -> None:
        for number, content in enumerate(PARTS, 1):
            make_wheel(index, number, content)
        (tmp_path / "toy.partial").write_bytes(b"from elsewhere")
        from_packages(toy_model(), tmp_path / "toy.partial", lambda _: None)
        assert (tmp_path / "toy.partial").read_bytes() == BYTES

    def test_a_wheel_without_the_slice(self, index: Path, tmp_path: Path) -> None:
        make_wheel(index, 1, b"x", member="elsewhere.bin")
        with pytest.raises(MirrorError, match=r"no single file \*/data/part01\.bin"):
            from_packages(toy_model(), tmp_path / "toy.partial", lambda _: None)

    def test_no_pip(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        with pytest.raises(MirrorError, match=r"no pip.*ensurepip"):
            from_packages(toy_model(), tmp_path / "toy.partial", lambda _: None)
