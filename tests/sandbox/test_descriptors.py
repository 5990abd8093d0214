"""Data travels as descriptors that nobody can change afterwards."""

from __future__ import annotations

import os

import pytest

from sandbox.descriptors import Descriptors, descriptors, memory_file, pipe, seal, size


def test_data_is_sealed_and_read_from_its_start() -> None:
    with descriptors() as kept:
        file = kept.keep(memory_file("x", b"hello"))
        assert os.read(file, 100) == b"hello"
        with pytest.raises(PermissionError):
            os.write(file, b"no")
        with pytest.raises(PermissionError):
            os.ftruncate(file, 0)


def test_empty_file_is_filled_then_sealed() -> None:
    with descriptors() as kept:
        file = kept.keep(memory_file("x"))
        os.write(file, b"abc")
        seal(file)
        assert size(file) == 3
        with pytest.raises(PermissionError):
            os.write(file, b"d")


def test_kept_descriptors_are_closed_once() -> None:
    kept = Descriptors()
    reading, writing = (kept.keep(end) for end in pipe())
    kept.close(reading)
    kept.close(reading)
    kept.close_all()
    kept.close_all()
    for end in (reading, writing):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(end)
