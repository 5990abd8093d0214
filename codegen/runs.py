"""The run file: one SQLite database that holds every stage's result, so that each can be resumed, reread, redone.

Rows are written in short transactions as results arrive; WAL keeps the file whole when the process is killed at any
instant. One process writes at a time (an advisory lock on the file, gone with the process); readers are never kept
out. Judgements and fingerprints belong to programs, not samples: equal programs are run once.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codegen.answers import Answer
from codegen.config import Settings, refuse_changes
from codegen.errors import RunFileError
from codegen.extraction import Extraction
from codegen.fingerprints import Fingerprint, Outcome
from codegen.inputs import GeneratedInput
from codegen.judging import Judgement, Verdict
from codegen.models.base import Completion
from codegen.prompts import Variation
from codegen.ranking import Submission
from codegen.sampling import Sample
from codegen.version import __version__
from problems.codec import dumps_problem, loads_problem
from problems.problem import Problem

SCHEMA_VERSION = 1
MEMORY = ":memory:"

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE problems (id TEXT PRIMARY KEY, position INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE samples (
    problem_id TEXT NOT NULL, idx INTEGER NOT NULL, seed INTEGER NOT NULL, variation TEXT NOT NULL,
    text TEXT NOT NULL, form TEXT NOT NULL, finish_reason TEXT NOT NULL, token_count INTEGER NOT NULL, logprob REAL,
    extraction TEXT NOT NULL, program_key TEXT, PRIMARY KEY (problem_id, idx)) WITHOUT ROWID;
CREATE TABLE judgements (
    problem_id TEXT NOT NULL, program_key TEXT NOT NULL, verdict TEXT NOT NULL, passed INTEGER NOT NULL,
    total INTEGER NOT NULL, detail TEXT NOT NULL, cpu_s REAL NOT NULL,
    PRIMARY KEY (problem_id, program_key)) WITHOUT ROWID;
CREATE TABLE inputs (
    problem_id TEXT NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (problem_id, position)) WITHOUT ROWID;
CREATE TABLE fingerprints (
    problem_id TEXT NOT NULL, program_key TEXT NOT NULL, outcomes TEXT NOT NULL,
    PRIMARY KEY (problem_id, program_key)) WITHOUT ROWID;
CREATE TABLE submissions (
    problem_id TEXT NOT NULL, rank INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (problem_id, rank)) WITHOUT ROWID;
CREATE TABLE seconds (
    problem_id TEXT NOT NULL, stage TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (problem_id, stage)) WITHOUT ROWID;
CREATE TABLE scores (
    problem_id TEXT NOT NULL, text_key TEXT NOT NULL, verdict TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (problem_id, text_key)) WITHOUT ROWID;
"""

_ANSWERS = """
CREATE TABLE IF NOT EXISTS answers (
    problem_id TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (problem_id, number)) WITHOUT ROWID
"""
"""Made when first needed: files of before have none."""


class RunFile:
    """An open run file. Use `create_or_resume` to write, `open_existing` for one that must be there."""

    def __init__(self, path: str, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock

    @classmethod
    def create_or_resume(cls, path: str | Path, *, model: dict[str, Any], settings: Settings) -> RunFile:
        """Open for writing; make the file when it is not there.

        Args:
            model: What identifies the model: its name and the settings that its numerics depend on.

        Raises:
            SettingsChangedError: The file was started with another model or other settings; names each.
            RunFileError: Locked by another process, not a run file, of another version, or the disk is full.
        """
        run = cls._open(str(path), write=True)
        asked = {"model": model} | settings.to_json()
        try:
            stored = run._meta("settings")
            if stored is None:
                with run.transaction():
                    run._set_meta("settings", json.dumps(asked))
                    run._set_meta("codesieve", __version__)
            else:
                refuse_changes(json.loads(stored), json.loads(json.dumps(asked)), path=run.path)
        except BaseException:
            run.close()
            raise
        return run

    @classmethod
    def open_existing(cls, path: str | Path, *, write: bool = False) -> RunFile:
        """Open a run that was started before; read-only unless `write`."""
        if not Path(path).is_file():
            raise RunFileError(f"{path}: no such run file; start one with `codesieve solve ... --run {path}`")
        run = cls._open(str(path), write=write)
        if run._meta("settings") is None:
            run.close()
            raise RunFileError(f"{path}: not a codesieve run (no settings in it)")
        return run

    @classmethod
    def _open(cls, path: str, *, write: bool) -> RunFile:
        lock = _lock(path) if write and path != MEMORY else None
        connection: sqlite3.Connection | None = None
        try:
            with _wrapped(path):
                target = path if write else f"{Path(path).absolute().as_uri()}?mode=ro"
                connection = sqlite3.connect(
                    target, uri=not write, timeout=2.0, isolation_level=None, check_same_thread=False
                )
                _prepare(connection, path, write=write)
        except BaseException:
            if connection is not None:
                connection.close()
            if lock is not None:
                os.close(lock)
            raise
        return cls(path, connection, lock)

    def close(self) -> None:
        with _wrapped(self.path):
            self._connection.close()
        if self._lock is not None:  # after the database: closing any descriptor of it drops SQLite's own locks
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. The connection is for `benchmarks`' own tables; stages use the methods below."""
        with _wrapped(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with _wrapped(self.path):
            return self._connection.execute(query, parameters).fetchall()

    # -- what the run is about ---------------------------------------------------------------------------------

    @property
    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = json.loads(self._meta("settings") or "{}")["model"]
        return model

    @property
    def settings(self) -> Settings:
        return Settings.from_json(json.loads(self._meta("settings") or "{}"))

    def add_problem(self, problem: Problem) -> None:
        """Raises SettingsChangedError when another problem of that id is already in the run."""
        text = dumps_problem(problem)
        known = self.rows("SELECT json FROM problems WHERE id = ?", problem.id)
        if known:
            refuse_changes(
                {f"problem {problem.id}": json.loads(known[0][0])},
                {f"problem {problem.id}": json.loads(text)},
                path=self.path,
            )
            return
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO problems SELECT ?, coalesce(max(position) + 1, 0), ? FROM problems", (problem.id, text)
            )

    def problems(self) -> tuple[Problem, ...]:
        return tuple(loads_problem(text) for (text,) in self.rows("SELECT json FROM problems ORDER BY position"))

    # -- stage results -----------------------------------------------------------------------------------------

    def add_sample(self, sample: Sample, program_key: str | None) -> None:
        completion = sample.completion
        row = (
            sample.problem_id,
            sample.index,
            sample.seed,
            json.dumps(asdict(sample.variation)),
            completion.text,
            completion.form,
            completion.finish_reason,
            completion.token_count,
            completion.logprob,
            json.dumps(asdict(sample.extraction)),
            program_key,
        )
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO samples VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)

    def samples(self, problem_id: str) -> Iterator[tuple[Sample, str | None]]:
        """Stored samples in order of index, each with the key of its program."""
        query = (
            "SELECT idx, seed, variation, text, form, finish_reason, token_count, logprob, extraction, program_key "
            "FROM samples WHERE problem_id = ? ORDER BY idx"
        )
        with _wrapped(self.path):
            for idx, seed, variation, text, form, reason, tokens, logprob, extraction, key in self._connection.execute(
                query, (problem_id,)
            ):
                varied = json.loads(variation)
                found = json.loads(extraction)
                yield (
                    Sample(
                        problem_id=problem_id,
                        index=idx,
                        seed=seed,
                        variation=Variation(**varied | {"tags": tuple(varied["tags"])}),
                        completion=Completion(
                            index=idx, text=text, form=form, finish_reason=reason, token_count=tokens, logprob=logprob
                        ),
                        extraction=Extraction(**found | {"salvaged": tuple(found["salvaged"])}),
                    ),
                    key,
                )

    def add_judgement(self, problem_id: str, program_key: str, judgement: Judgement) -> None:
        j = judgement
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO judgements VALUES (?,?,?,?,?,?,?)",
                (problem_id, program_key, j.verdict.value, j.passed, j.total, j.detail, j.cpu_s),
            )

    def judgements(self, problem_id: str) -> dict[str, Judgement]:
        """By program key. Internal errors are left out: they are to be judged again."""
        query = (
            "SELECT program_key, verdict, passed, total, detail, cpu_s FROM judgements "
            "WHERE problem_id = ? AND verdict <> 'IE'"
        )
        return {
            key: Judgement(verdict=Verdict(verdict), passed=passed, total=total, detail=detail, cpu_s=cpu_s)
            for key, verdict, passed, total, detail, cpu_s in self.rows(query, problem_id)
        }

    def add_inputs(self, problem_id: str, inputs: Iterable[GeneratedInput]) -> None:
        rows = [(problem_id, position, item.text, item.source) for position, item in enumerate(inputs)]
        with self.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO inputs VALUES (?,?,?,?)", rows)

    def inputs(self, problem_id: str) -> tuple[GeneratedInput, ...]:
        query = "SELECT text, source FROM inputs WHERE problem_id = ? ORDER BY position"
        return tuple(GeneratedInput(text=text, source=source) for text, source in self.rows(query, problem_id))

    def add_fingerprint(self, problem_id: str, program_key: str, fingerprint: Fingerprint) -> None:
        outcomes = json.dumps([asdict(outcome) for outcome in fingerprint.outcomes])
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO fingerprints VALUES (?,?,?)", (problem_id, program_key, outcomes)
            )

    def fingerprints(self, problem_id: str) -> dict[str, Fingerprint]:
        query = "SELECT program_key, outcomes FROM fingerprints WHERE problem_id = ?"
        return {
            key: Fingerprint(outcomes=tuple(Outcome(**item) for item in json.loads(outcomes)))
            for key, outcomes in self.rows(query, problem_id)
        }

    def set_submissions(self, problem_id: str, submissions: Iterable[Submission]) -> None:
        rows = [(problem_id, s.rank, json.dumps(asdict(s))) for s in submissions]
        with self.transaction() as connection:
            connection.execute("DELETE FROM submissions WHERE problem_id = ?", (problem_id,))
            connection.executemany("INSERT INTO submissions VALUES (?,?,?)", rows)

    def submissions(self, problem_id: str) -> tuple[Submission, ...]:
        query = "SELECT json FROM submissions WHERE problem_id = ? ORDER BY rank"
        return tuple(Submission(**json.loads(text)) for (text,) in self.rows(query, problem_id))

    def add_answer(self, problem_id: str, answer: Answer) -> None:
        """Answers of a person are kept in the order in which they were given."""
        with self.transaction() as connection:
            connection.execute(_ANSWERS)
            connection.execute(
                "INSERT INTO answers SELECT ?, coalesce(max(number) + 1, 0), ? FROM answers WHERE problem_id = ?",
                (problem_id, json.dumps(asdict(answer) | {"verdict": answer.verdict.value}), problem_id),
            )

    def answers(self, problem_id: str) -> tuple[Answer, ...]:
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'answers'"):
            return ()
        rows = self.rows("SELECT json FROM answers WHERE problem_id = ? ORDER BY number", problem_id)
        return tuple(Answer.from_json(json.loads(text)) for (text,) in rows)

    def add_seconds(self, problem_id: str, stage: str, value: float) -> None:
        """Add to the time that a stage took, over all processes that worked on this run."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO seconds VALUES (?,?,?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                (problem_id, stage, value),
            )

    def seconds(self, problem_id: str) -> dict[str, float]:
        return dict(self.rows("SELECT stage, value FROM seconds WHERE problem_id = ? ORDER BY stage", problem_id))

    def _meta(self, key: str) -> str | None:
        found = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(found[0][0]) if found else None

    def _set_meta(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))


def _lock(path: str) -> int:
    """An exclusive lock on the file, held until the descriptor is closed or the process ends."""
    try:
        Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RunFileError(
            f"{path}: cannot be opened for writing: {error.strerror}; choose another --run file"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise RunFileError(
            f"{path}: in use by another codesieve process; wait for it to end, or choose another --run file"
        ) from error
    return descriptor


def _prepare(connection: sqlite3.Connection, path: str, *, write: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if write:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0 and write:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise RunFileError(f"{path}: a database of another program; choose another --run file")
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        raise RunFileError(
            f"{path}: run file of schema version {version}, this codesieve reads {SCHEMA_VERSION}; "
            "use the version that wrote it, or another --run file"
        )


@contextmanager
def _wrapped(path: str) -> Iterator[None]:
    """SQLite's errors in the user's terms."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "full" in text:
            advice = "the disk is full; free some room and start the same command again: nothing stored is lost"
        elif "locked" in text or "busy" in text:
            advice = "locked by another process; wait for it to end, or choose another --run file"
        elif "not a database" in text or "malformed" in text:
            advice = "not a run file, or damaged; restore it or choose another --run file"
        elif "disk I/O" in text:
            advice = "reading or writing failed (disk full or at fault?); mend that and start the same command again"
        else:
            advice = "the run file cannot be used"
        raise RunFileError(f"{path}: {advice} ({text})") from error
