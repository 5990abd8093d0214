"""`codesieve check`: the submissions of Kattis packages against the verdicts that they must get.

Packages carry no time limit: it follows from the slowest accepted submission, times the package's multiplier, rounded
up to whole seconds. So the accepted ones are run first, with much time, and the others then with the limit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import click

from benchmarks.checked import NOT_RUNNABLE, Checked, Report, lines, table, to_json
from benchmarks.packages import Refused, read_packages
from benchmarks.submissions import Found, Judge, language_in, program_of
from codegen.cli.options import json_option, profile_option, sandbox_option
from problems.errors import ProblemError
from problems.formats.kattis_package import Package, Submission
from sandbox.backends import open_sandbox
from sandbox.errors import SandboxClosedError, SandboxError
from sandbox.execution import Sandbox
from sandbox.languages import LANGUAGES
from sandbox.selftest import try_out

DEFAULT_LIMIT_S = 3.0
LONGEST_S = 60.0
"""CPU seconds of one test that an accepted submission may take while the limit is not known yet."""


def check_packages(
    packages: Sequence[Package],
    sandbox: Sandbox,
    *,
    time_s: float | None = None,
    note: Callable[[int, int], None] | None = None,
) -> Iterator[Report | Refused]:
    """Judge all submissions, those of one package after those of another, as many at once as the sandbox has slots.

    A package whose validator cannot be run here is refused.

    Args:
        time_s: Time limit in CPU seconds instead of the package's own.
        note: Told how many submissions are done, out of how many.

    Raises:
        SandboxClosedError: The sandbox was closed meanwhile.
    """
    refused = {name: reason for name in _languages(packages) if (reason := try_out(sandbox, name)[1])}
    done, total = 0, sum(len(package.submissions) for package in packages)

    def counted(count: int = 1) -> None:
        nonlocal done
        done += count
        if note:
            note(done, total)

    with ThreadPoolExecutor(sandbox.slots) as threads:
        for package in packages:
            try:
                judge = _judge(package, sandbox, refused)
            except ProblemError as error:
                counted(len(package.submissions))
                yield Refused(id=package.id, reason=str(error))
                continue

            def found(given: tuple[Submission, float], judge: Judge = judge) -> Found:
                judged = _judged(judge, *given, refused)
                counted()
                return judged

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


def _judge(package: Package, sandbox: Sandbox, refused: Mapping[str, str]) -> Judge:
    """Raises ProblemError: its validator cannot be run here."""
    names = {name for source in package.validators if (name := language_in(source))}
    for name in names & refused.keys():
        raise ProblemError(f"{package.id}: a validator needs '{name}', which is not offered here: {refused[name]}")
    return Judge(package, sandbox)


def _languages(packages: Iterable[Package]) -> set[str]:
    """Of submissions and validators, known or not."""
    found = {_language(each) for package in packages for each in package.submissions}
    return found | {name for package in packages for each in package.validators if (name := language_in(each))}


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
    help="Submissions to judge instead of the package's own: a folder with accepted/, wrong_answer/, ... "
    "For several packages, a folder with one of these for each, by the package's name.",
)
@sandbox_option
@profile_option
@json_option
def check(
    paths: tuple[Path, ...], time_s: float | None, folder: Path | None, sandbox: str, profile: str | None, as_json: bool
) -> int:
    """Judge all submissions of Kattis problem packages: the verdict that each must get, and the one it gets.

    PACKAGE is a folder with problem.yaml, a folder of such folders, or a file of packages as JSON lines (.jsonl,
    .jsonl.gz); of several, those that cannot be judged are named and left out. Exit code 0 when every submission that
    can be run gets its verdict, or another one that the data themselves report; else 1.
    """
    found = [each for path in paths for each in read_packages(path, folder)]
    packages = [each for each in found if isinstance(each, Package)]
    results: list[Report | Refused] = [each for each in found if isinstance(each, Refused)]
    if not packages:
        reasons = [each.reason for each in results if isinstance(each, Refused)]
        raise ProblemError("; ".join(reasons) or f"{', '.join(map(str, paths))}: no package in it")
    if not as_json:
        click.echo("".join(f"{line}\n" for each in results for line in lines(each)), nl=False)
    known = (name for name in _languages(packages) if name in LANGUAGES)
    box = open_sandbox(sandbox, profile=profile, languages=known)
    with closing(box), _bar() as note:
        for result in check_packages(packages, box, time_s=time_s, note=note):
            results.append(result)
            if not as_json:
                click.echo("\n".join(lines(result)))
    if len(found) == 1 and isinstance(results[0], Refused):
        raise ProblemError(results[0].reason)
    if as_json:
        click.echo(json.dumps(to_json(results)))
    else:
        click.echo("\n".join(table(results)))
    every = [each for result in results if isinstance(result, Report) for each in result.checked]
    return 1 if any(each.as_expected is False and not each.submission.exception for each in every) else 0


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
