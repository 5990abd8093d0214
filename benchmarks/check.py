"""`codesieve check`: the submissions of Kattis packages against the verdicts that they must get.

Packages carry no time limit: it follows from the slowest accepted submission, times the package's multiplier, rounded
up to whole seconds. So the accepted ones are run first, with much time, and the others then with the limit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from benchmarks.submissions import Found, Judge, language_in, program_of
from codegen.cli.options import json_option, profile_option, sandbox_option
from problems.errors import ProblemError
from problems.formats.kattis import is_package
from problems.formats.kattis_package import Package, Submission, read_package, read_rows, read_submissions
from sandbox.backends import open_sandbox
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Sandbox
from sandbox.languages import LANGUAGES
from sandbox.selftest import try_out

DEFAULT_LIMIT_S = 3.0
LONGEST_S = 60.0
"""CPU seconds of one test that an accepted submission may take while the limit is not known yet."""

NOT_RUNNABLE = "not runnable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One submission, what it had to get and what it got."""

    submission: Submission
    language: str
    found: Found

    @property
    def as_expected(self) -> bool | None:
        """None for a program that cannot be run here."""
        if self.found.verdict == NOT_RUNNABLE:
            return None
        return self.found.verdict in self.submission.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A package's submissions. `limit_from`: where the time limit was taken from, for a person."""

    package: Package
    limit_s: float
    limit_from: str
    checked: tuple[Checked, ...]


def check_packages(
    packages: Sequence[Package],
    sandbox: Sandbox,
    *,
    time_s: float | None = None,
    note: Callable[[int, int], None] | None = None,
) -> Iterator[Report]:
    """Judge all submissions, those of one package after those of another, as many at once as the sandbox has slots.

    Args:
        time_s: Time limit in CPU seconds instead of the package's own.
        note: Told how many submissions are done, out of how many.

    Raises:
        ProblemError: A package's validator cannot be run here.
        SandboxClosedError: The sandbox was closed meanwhile.
    """
    languages = {_language(each) for package in packages for each in package.submissions}
    validators = {language_in(source) or "" for package in packages for source in package.validators}
    refused = {name: reason for name in languages | validators if (reason := try_out(sandbox, name)[1])}
    for name in validators & refused.keys():
        raise ProblemError(f"a validator needs '{name}', which is not offered here: {refused[name]}")
    done, total = 0, sum(len(package.submissions) for package in packages)

    def counted(found: Found) -> Found:
        nonlocal done
        done += 1
        if note:
            note(done, total)
        return found

    with ThreadPoolExecutor(sandbox.slots) as threads:
        for package in packages:
            judge = Judge(package, sandbox)

            def found(given: tuple[Submission, float], judge: Judge = judge) -> Found:
                return counted(_judged(judge, *given, refused))

            fixed = time_s or package.settings.time_limit_s
            accepted = [each for each in package.submissions if each.expected == ("AC",)]
            others = [each for each in package.submissions if each.expected != ("AC",)]
            first = list(threads.map(found, [(each, fixed or LONGEST_S) for each in accepted]))
            limit_s, limit_from = _limit(package, dict(zip(accepted, first, strict=True)), time_s)
            second = list(threads.map(found, [(each, limit_s) for each in others]))
            verdicts = dict(zip([*accepted, *others], [*first, *second], strict=True))
            yield Report(
                package=package,
                limit_s=limit_s,
                limit_from=limit_from,
                checked=tuple(
                    Checked(submission=each, language=_language(each), found=verdicts[each])
                    for each in package.submissions
                ),
            )


def _judged(judge: Judge, submission: Submission, limit_s: float, refused: dict[str, str]) -> Found:
    language = _language(submission)
    if language in refused:
        return Found(verdict=NOT_RUNNABLE, detail=refused[language])
    try:
        return judge.judge(program_of(submission.source, language), limit_s)
    except SandboxClosedError:
        raise
    except ProblemError as error:
        return Found(verdict=NOT_RUNNABLE, detail=str(error))
    except SandboxError as error:
        return Found(verdict="IE", detail=str(error))


def _limit(package: Package, accepted: dict[Submission, Found], time_s: float | None) -> tuple[float, str]:
    """The time limit in CPU seconds, and where it comes from."""
    settings = package.settings
    if time_s:
        return time_s, "--time"
    if settings.time_limit_s:
        return settings.time_limit_s, "problem.yaml"
    passed = {submission: found for submission, found in accepted.items() if found.verdict == "AC"}
    if not passed:
        why = "none of the accepted submissions passes" if accepted else "no accepted submission"
        return DEFAULT_LIMIT_S, f"default, {why}"
    slowest, found = max(passed.items(), key=lambda each: each[1].cpu_s)
    steps = max(1, math.ceil(settings.multiplier * found.cpu_s / settings.resolution_s))
    reason = f"{settings.multiplier:g} times the {found.cpu_s:.2f} s of {slowest.source.path}, rounded up"
    return steps * settings.resolution_s, reason


def _language(submission: Submission) -> str:
    """Its language, or for one that is not in the table what can be said of it."""
    return submission.language or language_in(submission.source) or Path(submission.source.path).suffix


@click.command()
@click.argument("paths", metavar="PACKAGE", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--time",
    "time_s",
    type=click.FloatRange(0.01),
    metavar="S",
    help="Time limit in CPU seconds. Default: from the slowest accepted submission; without one, 3.",
)
@click.option(
    "--submissions",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Submissions to judge instead of the package's own: a folder with accepted/, wrong_answer/, ...",
)
@sandbox_option
@profile_option
@json_option
def check(
    paths: tuple[Path, ...], time_s: float | None, folder: Path | None, sandbox: str, profile: str | None, as_json: bool
) -> int:
    """Judge all submissions of a Kattis problem package: the verdict that each must get, and the one it gets.

    PACKAGE is a folder with problem.yaml, or a file of packages as JSON lines (.jsonl, .jsonl.gz). Exit code 0 when
    every submission that can be run gets its verdict, or another one that the data themselves report; else 1.
    """
    packages = [package for path in paths for package in _read(path, folder)]
    wanted = {_language(each) for package in packages for each in package.submissions}
    wanted |= {language_in(source) or "" for package in packages for source in package.validators}
    box = open_sandbox(sandbox, profile=profile, languages=(name for name in wanted if name in LANGUAGES))
    reports: list[Report] = []
    with closing(box), _bar() as note:
        for report in check_packages(packages, box, time_s=time_s, note=note):
            reports.append(report)
            if not as_json:
                click.echo("\n".join(_lines(report)))
    every = [each for report in reports for each in report.checked]
    if as_json:
        click.echo(json.dumps(_as_json(reports)))
    else:
        click.echo(_summary(every))
    surprises = [each for each in every if each.as_expected is False and not each.submission.exception]
    return 1 if surprises else 0


def _read(path: Path, folder: Path | None) -> Iterable[Package]:
    if path.is_dir():
        if not is_package(path):
            raise ProblemError(f"{path}: no problem.yaml in this folder; a Kattis package has one")
        package = read_package(path)
        if folder is None:
            return [package]
        own = tuple(read_submissions(folder))
        return [replace(package, submissions=own)]
    return read_rows(path)


class _bar:  # noqa: N801 (used like a function)
    """Progress on stderr."""

    def __enter__(self) -> Callable[[int, int], None]:
        from tqdm import tqdm

        self._bar = tqdm(unit="submission", disable=None, leave=False)
        return self._note

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _note(self, done: int, of: int) -> None:
        self._bar.total = of
        self._bar.update(done - self._bar.n)


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.package.id}: time limit {report.limit_s:g} s ({report.limit_from})"
    if not report.checked:
        yield "  it brings no submissions"
    for each in report.checked:
        sign = {True: "ok", False: "!!", None: "--"}[each.as_expected]
        expected, found, path = "|".join(each.submission.expected), each.found, each.submission.source.path
        yield f"  {sign} {expected:<4} {found.verdict:<4} {found.cpu_s:6.2f} s  {path}  {found.detail}".rstrip()
        if each.as_expected is False and each.submission.exception:
            yield f"       {each.submission.exception}"


def _summary(every: Sequence[Checked]) -> str:
    counts = {value: sum(each.as_expected is value for each in every) for value in (True, False, None)}
    return f"{counts[True]} as expected, {counts[False]} not, {counts[None]} not runnable"


def _as_json(reports: Sequence[Report]) -> dict[str, Any]:
    several = len(reports) > 1
    return {
        "problems": [
            {"id": each.package.id, "time_limit_s": each.limit_s, "time_limit_from": each.limit_from}
            for each in reports
        ],
        "submissions": [
            {
                "problem": report.package.id,
                "path": f"{report.package.id}/" * several + each.submission.source.path,
                "expected": "|".join(each.submission.expected),
                "found": each.found.verdict,
                "as_expected": each.as_expected,
                "language": each.language,
                "cpu_s": round(each.found.cpu_s, 3),
                "detail": each.found.detail,
                "known_exception": each.submission.exception or None,
            }
            for report in reports
            for each in report.checked
        ],
    }
