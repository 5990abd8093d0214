"""n@k: the selection done again on parts of a problem's samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics import draws, pass_at_k
from benchmarks.page.figures import Figures, grid
from benchmarks.resampling import Draws, resamples_for
from benchmarks.results import bench_result, problem_result
from codegen.clustering import cluster
from codegen.errors import NotFeedableError
from codegen.fingerprints import Fingerprint, Outcome
from codegen.ranking import Candidate, Pool, submit
from codegen.report import build_report
from codegen.runs import RunFile
from tests.benchmarks.page_run import make_run

RANKERS = ("cluster", "random", "majority-text", "max-pass", "mbr-exec", "blend")


def pool_of(behaviours: Sequence[str]) -> Pool:
    """One sample a letter; "." did not survive."""
    prints = {
        index: Fingerprint(outcomes=(Outcome(digest=each, preview=""),))
        for index, each in enumerate(behaviours)
        if each != "."
    }
    candidates = {index: Candidate(index=index, key=str(index)) for index in prints}
    return Pool(candidates=candidates, clusters=cluster(prints), seed=0)


def draws_of(behaviours: Sequence[str], right: str) -> Draws:
    return Draws(pool_of(behaviours), [each == right for each in behaviours], name="made up")


def test_a_restricted_pool_is_the_one_that_would_have_been_drawn() -> None:
    behaviours = "aabbbcab."
    whole = draws_of(behaviours, "a")
    for chosen in ([0, 1, 2], [2, 3, 4, 5], [5, 8], [0, 2, 5, 6, 7], list(range(9))):
        kept = [index for index in chosen if index != 8]
        prints = {index: Fingerprint(outcomes=(Outcome(digest=behaviours[index], preview=""),)) for index in kept}
        part = whole.restricted(chosen)
        assert tuple(part.clusters) == cluster(prints)
        assert list(part.candidates) == kept
        assert part.drawn == len(chosen)


@given(st.text("abc.", min_size=2, max_size=14), st.data())
def test_every_ranker_counts_as_if_it_were_alone(behaviours: str, data: st.DataObject) -> None:
    """Against the definition: draw, select, look whether one of the first n passes."""
    k = data.draw(st.integers(1, len(behaviours)))
    passed = [each == "a" for each in behaviours]
    found = draws_of(behaviours, "a").n_at_k(RANKERS, [k], resamples=10)
    for ranker in RANKERS:
        for n in {1, min(10, k)} if k >= 10 else {1}:
            sets = list(draws(len(behaviours), k, seed="made up", resamples=10))
            whole = draws_of(behaviours, "a")
            solved = 0
            for chosen in sets:
                pool = whole.restricted(chosen)
                handed_in = submit(pool, ranker, limit=n) if pool.candidates else ()
                solved += any(passed[each.sample_index] for each in handed_in)
            assert found[ranker][n, k] == solved / len(sets)


def test_ten_of_ten_random_ones_are_pass_at_10() -> None:
    behaviours = "a" + "b" * 29
    found = draws_of(behaviours, "a").n_at_k(("random",), [10], resamples=2000)
    assert found["random"][10, 10] == pytest.approx(pass_at_k(30, 1, 10), abs=0.04)


def test_rankers_that_cannot_be_fed_are_left_out() -> None:
    seen = draws_of("aabb", "b")
    assert set(seen.n_at_k(("codet", "cluster"), [2])) == {"cluster"}
    with pytest.raises(NotFeedableError, match="generated tests"):
        seen.first_right("codet", range(4))


@pytest.mark.parametrize(("right", "rank"), [("a", 1), ("b", 2), ("x", 0)])
def test_rank_of_the_first_right_submission(right: str, rank: int) -> None:
    assert draws_of("aab.", right).first_right("cluster", range(4)) == rank


def test_nothing_judged_solves_nothing() -> None:
    assert Draws(None, [True, True], name="x").n_at_k(("cluster",), [1, 2]) == {"cluster": {(1, 1): 0, (1, 2): 0}}


def test_the_page_and_the_result_of_a_run_have_the_same_figures(tmp_path: Path) -> None:
    make_run(tmp_path / "run.sqlite", problems=7, samples=12)
    with RunFile.open_existing(tmp_path / "run.sqlite") as run:
        problems = run.problems()
        result = bench_result(run, suite="made up", problems=problems)
        shown = Figures(ranker="blend", ks=grid(12), resamples=resamples_for(7), scored=True)
        for problem in problems:
            shown.add(build_report(run, problem), problem_result(run, problem))
    curves = shown.curves()
    for n in (1, 10):
        for k in (10, 12):
            assert curves[f"{n}@k"][k] == result.n_at_k["blend"][f"{n}@{k}"]
    assert curves["pass@k"][10] == result.pass_at_k[10]
    assert shown.selectors() == {
        ranker: {name: each for name, each in figures.items() if name.endswith("@12")}
        for ranker, figures in result.n_at_k.items()
    }


def test_the_more_problems_the_fewer_draws_of_each() -> None:
    assert [resamples_for(count) for count in (0, 1, 164, 200, 500, 1_000, 10_000)] == [100, 100, 100, 100, 40, 20, 20]
