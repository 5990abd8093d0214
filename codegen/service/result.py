"""What the page compares when a run has ended: the largest clusters side by side, each with a program of its own."""

from __future__ import annotations

from typing import Any

from codegen.clustering import Cluster
from codegen.contrasts import CLUSTERS
from codegen.highlighting import tokens
from codegen.ranking import Pool
from codegen.report import Report
from codegen.runs import RunFile
from codegen.selection import pool_of
from codegen.shown import shown_input
from problems.problem import Problem


def result_of(file: RunFile, problem: Problem, report: Report) -> dict[str, Any]:
    """The report in its JSON form, and beside it `clusters`, `contrasts` and `submissions` as a page shows them.

    `possible` are the keys of the programs that passed and that no answer has ruled out. A program is there as
    `tokens` (see `codegen.highlighting`), an input as `shown`, the call that it makes. Outputs of a contrast stand in
    the order of the clusters; None where a cluster was not looked at.
    """
    pool = pool_of(file, problem.id, seed=file.settings.seed)
    largest = pool.clusters[:CLUSTERS]
    keys = [pool.candidates[each.members[0]].key for each in largest]
    return {
        "report": report.to_json(),
        "possible": sorted({candidate.key for candidate in pool.candidates.values()}),
        "clusters": [_cluster(file, problem, each, pool, report) for each in largest],
        "contrasts": [
            {
                "input": each.input,
                "shown": shown_input(each.input, problem),
                "minimal": each.minimal,
                "outputs": [dict(zip(each.keys, each.outputs, strict=True)).get(key) for key in keys],
            }
            for each in report.contrasts
        ],
        "submissions": [
            {
                "rank": each.rank,
                "language": each.language,
                "cluster_size": each.cluster_size,
                "confidence": each.confidence,
                "public_verdict": each.public_verdict,
                "program": each.program,
                "tokens": tokens(each.program, each.language),
            }
            for each in report.handed_in
        ],
    }


def _cluster(file: RunFile, problem: Problem, cluster: Cluster, pool: Pool, report: Report) -> dict[str, Any]:
    """A behaviour, shown by the program of it that was handed in first, or else by its first one."""
    handed_in = [each for each in report.handed_in if each.sample_index in cluster.members]
    index = handed_in[0].sample_index if handed_in else cluster.members[0]
    stored = file.sample(problem.id, index)
    assert stored is not None, "members of clusters are stored samples"
    found = stored[0].extraction
    return {
        "key": pool.candidates[cluster.members[0]].key,
        "size": cluster.size,
        "share": cluster.size / max(1, len(pool.candidates)),
        "programs": len({pool.candidates[member].key for member in cluster.members}),
        "rank": handed_in[0].rank if handed_in else None,
        "confidence": handed_in[0].confidence if handed_in else None,
        "language": found.language,
        "program": found.program or "",
        "tokens": tokens(found.program or "", found.language),
    }
