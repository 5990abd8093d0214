"""What became of packages that were checked, for a terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.packages import Refused
from benchmarks.submissions import Found
from problems.formats.kattis_package import Package, Submission

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

    @property
    def counts(self) -> Counter[bool | None]:
        """Submissions by `as_expected`."""
        return Counter(each.as_expected for each in self.checked)


def lines(result: Report | Refused) -> Iterator[str]:
    """One package: its limit, then a line a submission."""
    if isinstance(result, Refused):
        yield f"{result.id}: not judged: {result.reason}"
        return
    yield f"{result.package.id}: time limit {result.limit_s:g} s ({result.limit_from})"
    if not result.checked:
        yield "  it brings no submissions"
    for each in result.checked:
        sign = {True: "ok", False: "!!", None: "--"}[each.as_expected]
        expected, found, path = "|".join(each.submission.expected), each.found, each.submission.source.path
        yield f"  {sign} {expected:<4} {found.verdict:<4} {found.cpu_s:6.2f} s  {path}  {found.detail}".rstrip()
        if each.as_expected is False and each.submission.exception:
            yield f"       {each.submission.exception}"


def table(results: Sequence[Report | Refused]) -> Iterator[str]:
    """All packages, a line each where there are several; then the sum."""
    reports = [each for each in results if isinstance(each, Report)]
    refused = len(results) - len(reports)
    if len(results) > 1:
        width = max(len(each.package.id) for each in reports) if reports else 0
        yield f"{'':<{width}}  limit s  as expected  not  not runnable"
        for each in reports:
            right, wrong, unknown = (each.counts[value] for value in (True, False, None))
            yield f"{each.package.id:<{width}}  {each.limit_s:>7g}  {right:>11}  {wrong:>3}  {unknown:>12}"
    total = sum((each.counts for each in reports), Counter[bool | None]())
    summary = f"{total[True]} as expected, {total[False]} not, {total[None]} not runnable"
    yield summary + (f"; {refused} package{'s' * (refused > 1)} not judged" if refused else "")


def to_json(results: Sequence[Report | Refused]) -> dict[str, Any]:
    """The stable form that `--json` prints. Keys may be added, never renamed or removed."""
    reports = [each for each in results if isinstance(each, Report)]
    several = len(reports) > 1
    return {
        "problems": [
            {"id": each.package.id, "time_limit_s": each.limit_s, "time_limit_from": each.limit_from}
            for each in reports
        ],
        "not_judged": [{"id": each.id, "reason": each.reason} for each in results if isinstance(each, Refused)],
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
