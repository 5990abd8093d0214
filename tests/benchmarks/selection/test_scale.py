"""Runs with many samples: what is written is what selection reads."""

from __future__ import annotations

from pathlib import Path

from benchmarks.selection.scale import write_run
from codegen.runs import RunFile
from codegen.selection import choose, pool_of


def test_a_written_run_goes_through_filter_cluster_and_rank(tmp_path: Path) -> None:
    write_run(tmp_path / "run.sqlite", 2000)
    with RunFile.open_existing(tmp_path / "run.sqlite") as run:
        (problem,) = run.problems()
        pool = pool_of(run, problem.id, seed=0)
    assert pool.drawn == 2000
    assert 0 < len(pool.candidates) < 2000
    assert sum(group.size for group in pool.clusters) == len(pool.candidates)
    chosen = choose(pool, "blend", limit=10)
    assert len({pool.candidates[each.sample_index].key for each in chosen}) == 10
    assert all(each.confidence is not None and 0 < each.confidence < 1 for each in chosen)
    least = sorted(each.confidence or 0 for each in chosen)[5]
    surer = choose(pool, "blend", limit=10, min_confidence=least)
    assert [each.rank for each in surer] == list(range(1, len(surer) + 1))
    assert all((each.confidence or 0) >= least for each in surer)
    assert choose(pool, "blend", limit=10, min_confidence=1.0) == ()
