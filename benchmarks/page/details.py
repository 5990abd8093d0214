"""What a problem's own view shows, packed small: read by the page only when the view is opened."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

from benchmarks.verdict import Score
from codegen.highlighting import tokens
from codegen.report import ClusterView, Report
from problems.problem import Problem

MAX_STATEMENT = 12_000
MAX_PROGRAM = 8_000
MAX_PREVIEW = 600
"""Characters; what is longer is cut, and says so."""


def pack(details: dict[str, Any]) -> str:
    """JSON, deflated, as base64: the page's script undoes it."""
    return base64.b64encode(
        zlib.compress(json.dumps(details, ensure_ascii=False).encode("utf-8", "replace"), 9)
    ).decode()


def details(problem: Problem, report: Report, scores: Sequence[Score | None]) -> dict[str, Any]:
    """Of one problem, texts as they are: the page shows them as text, never as markup.

    Args:
        scores: Of what was handed in, None where there is none.
    """
    return {
        "statement": cut(problem.statement, MAX_STATEMENT),
        "examples": [
            {"input": cut(test.input, MAX_PREVIEW), "output": cut(test.output or "", MAX_PREVIEW)}
            for test in problem.public_tests[:5]
        ],
        "verdicts": report.verdicts,
        "funnel": {name: getattr(report.funnel, name) for name in report.funnel.__slots__},
        "clusters": [_cluster(each) for each in report.clusters],
        "submissions": [
            {
                "rank": each.rank,
                "sample": each.sample_index,
                "language": each.language,
                "size": each.cluster_size,
                "salvaged": list(each.salvaged),
                "public": each.public_verdict,
                "hidden": score.verdict.value if score else None,
                "detail": score.detail if score else "",
                "tokens": tokens(cut(each.program, MAX_PROGRAM), each.language),
            }
            for each, score in zip(report.handed_in, scores, strict=True)
        ],
    }


def _cluster(view: ClusterView) -> dict[str, Any]:
    return {
        "size": view.size,
        "programs": view.programs,
        "input": cut(view.input, MAX_PREVIEW),
        "output": cut(view.output, MAX_PREVIEW),
        "largest": cut(view.output_of_largest, MAX_PREVIEW),
    }


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n… {len(text) - most} more characters"
