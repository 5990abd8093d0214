"""Rows of published data sets, one at a time: JSON lines plain or gzip, one JSON list, or parquet.

Whatever is wrong with a row is told by file, row and field. What happens then is the caller's choice: `on_bad` raises
by default; a batch that is to go on gives a function that takes note, and the row is left out.
"""

from __future__ import annotations

import ast
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from problems import syntax
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
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    text = record.filled(name).strip()
    if any(sign < " " or sign == "\x7f" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise record.error("an id that cannot be shown: it holds a control character or half of a surrogate pair", name)
    return text


def asserting(record: Record, name: str, tests: str) -> str:
    """Python test code that can fail: a `check` or lines at the top level, with an assert somewhere."""
    try:
        tree = syntax.parse(tests.replace("\r\n", "\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise record.error(f"not Python: {error}", name) from error
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign)
    runs = [each for each in tree.body if not isinstance(each, definitions)]
    checks = any(isinstance(each, ast.FunctionDef) and each.name == "check" for each in tree.body)
    if not (runs or checks) or not any(isinstance(node, (ast.Assert, ast.Raise)) for node in ast.walk(tree)):
        raise record.error("nothing in it can fail: no `check`, or no assert", name)
    return tests


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
    elif path.name.endswith((".json", ".json.gz")) and _begins_a_list(path):
        yield from _list(path)
    else:
        for number, line in lines(path, on_bad=on_bad):
            yield number, Document(text=line, path=str(path), first_line=number, relaxed=True).parse


def _begins_a_list(path: Path) -> bool:
    """Files of JSON lines are named .json as well."""
    try:
        first = next((line for _, line in lines(path)), "")
    except ProblemFormatError:
        return False
    return first.lstrip().startswith("[")


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


def lines(path: Path, *, blank: bool = False, on_bad: OnBad = refuse) -> Iterator[tuple[int, str]]:
    """Lines of a text file, plain or gzip (told by content), with their numbers; empty ones are left out.

    Args:
        on_bad: Told of a line that is not UTF-8, which is left out, and of damage to a gzip file, behind which nothing
            can be read: what stood before is whole. By default it raises.

    Raises:
        ProblemError: It cannot be read.
    """
    number = 0
    try:
        with path.open("rb") as raw:
            for number, line in enumerate(_unpacked(path, raw), start=1):
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    on_bad(ProblemFormatError("not UTF-8", path=str(path), line=number))
                    continue
                if blank or text.strip():
                    yield number, text.rstrip("\r\n")
    except FileNotFoundError as error:
        raise ProblemError(f"{path}: no such file") from error
    except EOFError:
        message = "the gzip file ends too early; fetch it again"
        on_bad(ProblemFormatError(message, path=str(path), line=number + 1))
    except (zlib.error, gzip.BadGzipFile) as error:
        on_bad(ProblemFormatError(f"broken gzip: {error}", path=str(path), line=number + 1))
    except OSError as error:
        raise ProblemError(f"{path}: cannot be read: {error.strerror or error}") from error


def _unpacked(path: Path, raw: BinaryIO) -> Iterable[bytes]:
    """By content: a file may have been unpacked without being renamed."""
    head = raw.read(16)
    raw.seek(0)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))
    if head.startswith(b"\x1f\x8b") or (path.suffix == ".gz" and not text):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw))
    return raw
