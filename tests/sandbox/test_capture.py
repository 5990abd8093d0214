"""What comes out of a run is kept up to its cap, and values are put together whatever the pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.capture import STDERR_HEAD, STDERR_TAIL, Capture, Returned
from sandbox.guest.wire import ERROR, FRAME, VALUE


def test_both_streams_share_one_cap() -> None:
    capture = Capture(10)
    capture.feed("stdout", b"12345")
    capture.feed("stderr", b"abcde")
    assert not capture.stop
    capture.feed("stdout", b"6")
    assert capture.exceeded
    capture.feed("stdout", b"more")
    assert (capture.stdout, capture.stderr) == (b"12345", b"abcde")


def test_output_over_the_cap_is_cut_at_it() -> None:
    capture = Capture(4)
    capture.feed("stdout", b"123456")
    assert (capture.stdout, capture.exceeded) == (b"1234", True)


@given(st.lists(st.integers(1, 40_000), max_size=12))
def test_stderr_keeps_both_ends(sizes: list[int]) -> None:
    capture = Capture(1 << 30)
    whole = b""
    for number, size in enumerate(sizes):
        piece = bytes([65 + number % 26]) * size
        whole += piece
        capture.feed("stderr", piece)
    if len(whole) <= STDERR_HEAD + STDERR_TAIL:
        assert capture.stderr == whole
    else:
        assert capture.stderr.startswith(whole[:STDERR_HEAD])
        assert capture.stderr.endswith(whole[-STDERR_TAIL:])
        left_out = len(whole) - STDERR_HEAD - STDERR_TAIL
        assert b"\n... %d bytes left out ...\n" % left_out in capture.stderr


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 30))
def test_values_arrive_whole_whatever_the_pieces(payloads: list[bytes], step: int) -> None:
    data = b"".join(FRAME.pack(VALUE, 0.5, len(payload)) + payload for payload in payloads)
    seen: list[Returned] = []

    def on_returned(call: Returned) -> bool:
        seen.append(call)
        return True

    capture = Capture(1 << 20, on_returned=on_returned)
    for start in range(0, len(data), step):
        capture.feed("values", data[start : start + step])
    assert [call.payload for call in seen] == payloads
    assert not capture.stop


def test_no_more_is_read_when_enough_has_come() -> None:
    seen: list[Returned] = []

    def on_returned(call: Returned) -> bool:
        seen.append(call)
        return False

    capture = Capture(100, on_returned=on_returned)
    capture.feed("values", (FRAME.pack(ERROR, 0.0, 1) + b"x") * 3)
    assert capture.enough
    assert len(seen) == 1


def test_a_frame_that_is_none_stops_the_run() -> None:
    for data in (FRAME.pack(b"?", 0.0, 0), FRAME.pack(VALUE, float("nan"), 0), FRAME.pack(VALUE, -1.0, 0)):
        capture = Capture(100)
        capture.feed("values", data)
        assert capture.garbled


def test_a_value_beyond_the_cap_is_too_much_output() -> None:
    capture = Capture(100)
    capture.feed("values", FRAME.pack(VALUE, 0.0, 1 << 31))
    assert capture.exceeded
