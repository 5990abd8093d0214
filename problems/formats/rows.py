"""Rows of published data sets, one at a time: JSON lines plain or gzip, one JSON list, or parquet.

Whatever is wrong with a row is told by file, row and field. What happens then is the caller's choice: `on_bad` raises
by default; a batch that is to go on gives a function that takes note, and the row is left out.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from problems.errors import ProblemError, ProblemFormatError
from problems.fields import Document, Record

OnBad = Callable[[ProblemFormatError], object]
"""Told of every row that cannot be used."""

_Row = TypeVar("_Row")


def refuse(error: ProblemFormatError) -> None:
    """The `on_bad` of those who want all rows or none."""
    raise error


def read(path: Path, parse: Callable[[Record], _Row], *, id_field: str, on_bad: OnBad = refuse) -> Iterator[_Row]:
    """What `parse` makes of every row of a file, in order.

    Args:
        id_field: Must differ from row to row.

    Raises:
        ProblemError: The file cannot be read, or is no file of rows.
        Whatever `on_bad` raises: by default ProblemFormatError, with file, row and field.
    """
    return _parsed(_records(path, on_bad), parse, id_field, on_bad)


def read_records(
    records: Iterator[Record], parse: Callable[[Record], _Row], *, id_field: str, on_bad: OnBad = refuse
) -> Iterator[_Row]:
    """The same for rows that were put together elsewhere."""
    return _parsed(((number, lambda r=r: r) for number, r in enumerate(records, 1)), parse, id_field, on_bad)  # type: ignore[misc]


def _parsed(
    records: Iterator[tuple[int, Callable[[], Record]]], parse: Callable[[Record], _Row], id_field: str, on_bad: OnBad
) -> Iterator[_Row]:
    seen: dict[str, int] = {}
    for number, open_record in records:
        try:
            record = open_record()
            row = parse(record)
            name = str(record.value(id_field))
            if name in seen:
                raise record.error(f"'{name}' stands in row {seen[name]} too", id_field)
        except ProblemFormatError as error:
            on_bad(error)
            continue
        seen[name] = number
        yield row


def first_fields(path: Path) -> frozenset[str]:
    """Names of the fields of the first row; none where it cannot be read."""
    for _, open_record in _records(path, refuse):
        try:
            return frozenset(open_record().data)
        except ProblemFormatError:
            break
    return frozenset()


def identity(record: Record, name: str) -> str:
    """The row's id: a string that is not empty, or a whole number."""
    found = record.value(name)
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else record.filled(name).strip()


def packed(record: Record, name: str) -> Any:
    """What a field holds whose value may be JSON text instead of the structure itself."""
    found = record.value(name)
    if not isinstance(found, str):
        return found
    from problems.fields import parse_json

    try:
        return parse_json(found)
    except ValueError as error:
        raise record.error(f"the text in it is not JSON: {error}", name) from error


def _records(path: Path, on_bad: OnBad) -> Iterator[tuple[int, Callable[[], Record]]]:
    """Rows with their numbers (of the line, or of the element), each still to be parsed."""
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.name.endswith((".json", ".json.gz")):
        yield from _list(path)
    else:
        try:
            for number, line in lines(path):
                yield number, Document(text=line, path=str(path), first_line=number, relaxed=True).parse
        except ProblemFormatError as error:  # the file breaks off here: what stood before is whole
            on_bad(error)


def _list(path: Path) -> Iterator[tuple[int, Callable[[], Record]]]:
    text = "".join(f"{line}\n" for _, line in lines(path, blank=True))
    yield from enumerate(Document(text=text, path=str(path), relaxed=True).parse_list(), start=1)


def _parquet(path: Path) -> Iterator[tuple[int, Callable[[], Record]]]:
    try:
        from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]
    except ImportError as error:
        raise ProblemError(f"{path}: reading parquet needs pyarrow: run 'pip install pyarrow'") from error
    try:
        with parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=16):
                for data in batch.to_pylist():
                    number += 1
                    document = Document(text="", path=str(path), first_line=number)
                    record = Record(document=document, place=(), data=data)
                    yield number, lambda record=record: record  # type: ignore[misc]
    except (OSError, ArrowException) as error:
        raise ProblemError(f"{path}: cannot be read as parquet: {error}") from error


def lines(path: Path, *, blank: bool = False) -> Iterator[tuple[int, str]]:
    """Lines of a text file, plain or gzip (told by content), with their numbers; empty ones are left out.

    Raises:
        ProblemFormatError: The file is damaged; names the line behind the last whole one.
        ProblemError: It cannot be read.
    """
    number = 0
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b" or path.suffix == ".gz"
            raw.seek(0)
            stream = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if is_packed else raw
            for number, line in enumerate(stream, start=1):
                if blank or line.strip():
                    yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except FileNotFoundError as error:
        raise ProblemError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise ProblemFormatError("not UTF-8", path=str(path), line=number) from error
    except EOFError as error:
        message = "the gzip file ends too early; fetch it again"
        raise ProblemFormatError(message, path=str(path), line=number + 1) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise ProblemFormatError(f"broken gzip: {error}", path=str(path), line=number + 1) from error
    except OSError as error:
        raise ProblemError(f"{path}: cannot be read: {error.strerror or error}") from error
