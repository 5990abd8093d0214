"""The run file: one SQLite database that holds every stage's result, so that each can be resumed, reread, redone.

Rows are written in short transactions as results arrive; WAL keeps the file whole when the process is killed at any
instant. One process writes at a time (an advisory lock on the file, gone with the process); readers are never kept
out. Judgements and fingerprints belong to programs, not samples: equal programs are run once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codegen.answers import Answer
from codegen.config import Settings, refuse_changes
from codegen.contrasts import Contrast
from codegen.database import MEMORY, Database, connect
from codegen.diversity import digest
from codegen.errors import RunFileError
from codegen.extraction import Extraction
from codegen.fingerprints import Fingerprint, Outcome
from codegen.inputs import GeneratedInput
from codegen.inputs.testing import WrittenTests
from codegen.judging import Judgement, Verdict
from codegen.models.base import Completion
from codegen.prompts import Variation
from codegen.ranking import Submission
from codegen.sampling import Sample
from codegen.version import __version__
from problems.codec import dumps_problem, loads_problem
from problems.errors import ProblemError
from problems.problem import Problem

__all__ = ["MEMORY", "RunFile"]

SCHEMA_VERSION = 1
_PAGE = 500
"""Samples read at a time."""

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
_PARENTS = """
CREATE TABLE IF NOT EXISTS parents (
    problem_id TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (problem_id, number)) WITHOUT ROWID
"""
_TESTS = """
CREATE TABLE IF NOT EXISTS tests (
    problem_id TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (problem_id, number)) WITHOUT ROWID
"""
_CONTRASTS = """
CREATE TABLE IF NOT EXISTS contrasts (
    problem_id TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (problem_id, number)) WITHOUT ROWID
"""
"""These are made when first needed: files of before have none."""


class RunFile(Database):
    """An open run file. Use `create_or_resume` to write, `open_existing` for one that must be there."""

    @classmethod
    def create_or_resume(cls, path: str | Path, *, model: dict[str, Any], settings: Settings) -> RunFile:
        """Open for writing; make the file when it is not there.

        Args:
            model: What identifies the model: its name and the settings that its numerics depend on.

        Raises:
            SettingsChangedError: The file was started with another model, other settings or other prompts; names each.
            RunFileError: Locked by another process, not a run file, of another version, or the disk is full.
        """
        return cls.with_identity(path, {"model": model, "prompts": digest(settings.strategy)} | settings.to_json())

    @classmethod
    def with_identity(cls, path: str | Path, identity: dict[str, Any]) -> RunFile:
        """The same from the identity of a run (see `identity`)."""
        run = cls._open(str(path), write=True)
        try:
            stored = run._meta("settings")
            if stored is None:
                with run.transaction():
                    run._set_meta("settings", json.dumps(identity))
                    run._set_meta("codesieve", __version__)
            else:
                refuse_changes(json.loads(stored), json.loads(json.dumps(identity)), path=run.path)
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
        connection, lock = connect(path, write=write, schema=_SCHEMA, version=SCHEMA_VERSION)
        return cls(path, connection, lock)

    # -- what the run is about ---------------------------------------------------------------------------------

    @property
    def identity(self) -> dict[str, Any]:
        """All that must be the same when a run goes on: settings, model, digest of the prompts."""
        with self._reading("settings"):
            identity = json.loads(self._meta("settings") or "{}")
            if not isinstance(identity, dict) or not isinstance(identity.get("model", {}), dict):
                raise ValueError("not an object")
        return identity

    @property
    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = self.identity["model"]
        return model

    @property
    def settings(self) -> Settings:
        with self._reading("settings"):
            return Settings.from_json(self.identity)

    def add_problem(self, problem: Problem, *, position: int | None = None) -> None:
        """Store a problem once. `position` is its place in the order of problems; None: behind all others.

        Raises:
            SettingsChangedError: Another problem of that id is already in the run.
        """
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
                "INSERT INTO problems SELECT ?, coalesce(?, max(position) + 1, 0), ? FROM problems",
                (problem.id, position, text),
            )

    def problems(self) -> tuple[Problem, ...]:
        query = "SELECT json FROM problems ORDER BY position, rowid"
        with self._reading("problems"):
            return tuple(loads_problem(text) for (text,) in self.rows(query))

    def problem(self, problem_id: str) -> Problem | None:
        """One of them; None when it is not stored."""
        found = self.rows("SELECT json FROM problems WHERE id = ?", problem_id)
        return loads_problem(found[0][0]) if found else None

    # -- stage results -----------------------------------------------------------------------------------------

    def parents(self, problem_id: str) -> dict[int, int]:
        """Number of a sample that mends another -> number of that one."""
        return {each["index"]: each["parent"] for each in self._numbered("parents", problem_id)}

    def add_sample(self, sample: Sample, program_key: str | None, *, parent: int | None = None) -> None:
        """`parent`: the number of the sample that this one mends."""
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
            if parent is not None:
                link = json.dumps({"index": sample.index, "parent": parent})
                connection.execute(_PARENTS)
                connection.execute(
                    "INSERT OR IGNORE INTO parents VALUES (?,?,?)", (sample.problem_id, sample.index, link)
                )

    def samples(self, problem_id: str) -> Iterator[tuple[Sample, str | None]]:
        """Stored samples in order of index, each with the key of its program. Few are in memory at a time."""
        query = f"SELECT {_SAMPLE} FROM samples WHERE problem_id = ? AND idx > ? ORDER BY idx LIMIT {_PAGE}"  # noqa: S608
        last = -1
        while page := self.rows(query, problem_id, last):
            with self._reading("samples"):
                samples = [_sample(problem_id, row) for row in page]
            yield from samples
            last = page[-1][0]

    def sample(self, problem_id: str, index: int) -> tuple[Sample, str | None] | None:
        """One of them; None when it is not stored."""
        found = self.rows(f"SELECT {_SAMPLE} FROM samples WHERE problem_id = ? AND idx = ?", problem_id, index)  # noqa: S608
        with self._reading("samples"):
            return _sample(problem_id, found[0]) if found else None

    def indices(self, problem_id: str) -> frozenset[int]:
        """Numbers of the stored samples."""
        return frozenset(idx for (idx,) in self.rows("SELECT idx FROM samples WHERE problem_id = ?", problem_id))

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
        with self._reading("judgements"):
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
        """By program key. Equal ones are one object: many programs show few behaviours."""
        query = (
            "SELECT program_key, outcomes FROM fingerprints WHERE problem_id = ? AND program_key > ? "  # noqa: S608
            f"ORDER BY program_key LIMIT {_PAGE}"
        )
        known: dict[str, Fingerprint] = {}
        found: dict[str, Fingerprint] = {}
        last = ""
        while page := self.rows(query, problem_id, last):
            for key, text in page:
                if text not in known:
                    with self._reading("fingerprints"):
                        known[text] = Fingerprint(outcomes=tuple(Outcome(**item) for item in json.loads(text)))
                found[key] = known[text]
            last = page[-1][0]
        return found

    def set_submissions(self, problem_id: str, submissions: Iterable[Submission]) -> None:
        rows = [(problem_id, s.rank, json.dumps(asdict(s))) for s in submissions]
        with self.transaction() as connection:
            connection.execute("DELETE FROM submissions WHERE problem_id = ?", (problem_id,))
            connection.executemany("INSERT INTO submissions VALUES (?,?,?)", rows)

    def submissions(self, problem_id: str) -> tuple[Submission, ...]:
        query = "SELECT json FROM submissions WHERE problem_id = ? ORDER BY rank"
        with self._reading("submissions"):
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
        with self._reading("answers"):
            return tuple(map(Answer.from_json, self._numbered("answers", problem_id)))

    def add_tests(self, problem_id: str, written: Iterable[WrittenTests]) -> None:
        """Tests that the model wrote, under their own numbers."""
        rows = [(problem_id, each.index, json.dumps(asdict(each))) for each in written]
        with self.transaction() as connection:
            connection.execute(_TESTS)
            connection.executemany("INSERT OR IGNORE INTO tests VALUES (?,?,?)", rows)

    def tests(self, problem_id: str) -> tuple[WrittenTests, ...]:
        return tuple(WrittenTests(**each) for each in self._numbered("tests", problem_id))

    def set_contrasts(self, problem_id: str, contrasts: Iterable[Contrast]) -> None:
        rows = [(problem_id, number, json.dumps(asdict(each))) for number, each in enumerate(contrasts)]
        with self.transaction() as connection:
            connection.execute(_CONTRASTS)
            connection.execute("DELETE FROM contrasts WHERE problem_id = ?", (problem_id,))
            connection.executemany("INSERT INTO contrasts VALUES (?,?,?)", rows)

    def contrasts(self, problem_id: str) -> tuple[Contrast, ...]:
        with self._reading("contrasts"):
            return tuple(map(Contrast.from_json, self._numbered("contrasts", problem_id)))

    def _numbered(self, table: str, problem_id: str) -> list[dict[str, Any]]:
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = ?", table):
            return []
        query = f"SELECT json FROM {table} WHERE problem_id = ? ORDER BY number"  # noqa: S608 (a name of ours)
        return [json.loads(text) for (text,) in self.rows(query, problem_id)]

    def add_seconds(self, problem_id: str, stage: str, value: float) -> None:
        """Add to the time that a stage took, over all processes that worked on this run."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO seconds VALUES (?,?,?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                (problem_id, stage, value),
            )

    def seconds(self, problem_id: str) -> dict[str, float]:
        return dict(self.rows("SELECT stage, value FROM seconds WHERE problem_id = ? ORDER BY stage", problem_id))

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """SQLite finds damage to its pages, not to what stands in them."""
        try:
            yield
        except (ValueError, TypeError, KeyError, AttributeError, ProblemError) as error:
            raise RunFileError(
                f"{self.path}: damaged: its {what} cannot be read ({error}); restore it or choose another --run file"
            ) from error

    def _meta(self, key: str) -> str | None:
        found = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(found[0][0]) if found else None

    def _set_meta(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))


_SAMPLE = "idx, seed, variation, text, form, finish_reason, token_count, logprob, extraction, program_key"


def _sample(problem_id: str, row: tuple[Any, ...]) -> tuple[Sample, str | None]:
    idx, seed, variation, text, form, reason, tokens, logprob, extraction, key = row
    varied = json.loads(variation)
    found = json.loads(extraction)
    sample = Sample(
        problem_id=problem_id,
        index=idx,
        seed=seed,
        variation=Variation(**varied | {"tags": tuple(varied["tags"])}),
        completion=Completion(
            index=idx, text=text, form=form, finish_reason=reason, token_count=tokens, logprob=logprob
        ),
        extraction=Extraction(**found | {"salvaged": tuple(found["salvaged"])}),
    )
    return sample, key
