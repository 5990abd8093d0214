from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.models.text import TextStream, circles


def decode(tokens: list[int]) -> str:
    """One token a byte, as byte-level tokenizers do it."""
    return bytes(tokens).decode("utf-8", errors="replace")


def run(text: str, stop: list[str]) -> tuple[str, bool]:
    stream = TextStream(decode, list("é>".encode()), stop)
    for byte in text.encode():
        if stream.push(byte):
            return stream.finish(), True
    return stream.finish(), False


@settings(deadline=None)
@given(st.text())
def test_text_comes_out_as_it_went_in(text: str) -> None:
    assert run(text, []) == (text, False)


@settings(deadline=None)
@given(st.text("ab\né🙂"), st.lists(st.text("ab\né🙂", min_size=1, max_size=4), max_size=3))
def test_text_ends_before_the_first_stop_text(text: str, stop: list[str]) -> None:
    found, stopped = run(text, stop)
    assert stopped == any(one in text for one in stop)
    assert text.startswith(found)
    assert not any(one in found for one in stop)
    if stopped:
        assert any(text.startswith(one, len(found)) for one in stop)


def test_stop_text_that_comes_within_one_token() -> None:
    words = {1: "def f():\n", 2: "  return 1\n\nprint(", 3: "f())"}
    stream = TextStream(lambda tokens: "".join(words[token] for token in tokens), [], ["\nprint"])
    assert not stream.push(1)
    assert stream.push(2)
    assert stream.finish() == "def f():\n  return 1\n"


def test_a_decoder_that_drops_the_first_blank_of_a_text() -> None:
    words = {0: " x", 1: " return", 2: " a"}
    stream = TextStream(lambda tokens: "".join(words[token] for token in tokens).removeprefix(" "), [0], [])
    for token in (1, 2, 1):
        stream.push(token)
    assert stream.finish() == " return a return"


def test_an_unfinished_character_is_handed_out_at_the_end() -> None:
    stream = TextStream(decode, [], [])
    for byte in "a🙂".encode()[:3]:
        stream.push(byte)
    assert stream.finish() == "a\ufffd"


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_circles_are_seen(start: list[int], period: list[int]) -> None:
    assert circles(start + period * (300 // len(period)))


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=60))
def test_short_texts_never_count_as_circles(tokens: list[int]) -> None:
    assert not circles(tokens)


def test_counting_up_is_no_circle() -> None:
    assert not circles([token for number in range(200) for token in (7, number, 8)])
