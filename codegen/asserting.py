"""Asserts of the model x programs: an assert about an observed input holds where the output is the expected one.

Programs were run on the asserts' inputs along with the others, so nothing is run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codegen.fingerprints import NOT_RUN, Fingerprint, digest_of
from codegen.inputs import GeneratedInput
from problems.asserts import Expectation
from problems.values import dumps


def held(
    tests: Sequence[Expectation], inputs: Sequence[GeneratedInput], fingerprints: Mapping[str, Fingerprint]
) -> dict[str, bytes]:
    """Program -> one byte an assert, 1 where it holds; asserts about inputs that nothing was run on are left out.

    A truth value has to be exactly True or False; bounds of a difference are left out.
    """
    place = {each.text: number for number, each in enumerate(inputs)}
    run = max((_run(each) for each in fingerprints.values()), default=0)
    columns = []
    for test in tests:
        number = place.get(test.case.input, run)
        digest = _expected(test)
        if number < run and digest is not None:
            columns.append((number, digest))
    return {
        key: bytes(number < len(each.outcomes) and each.outcomes[number].digest == digest for number, digest in columns)
        for key, each in fingerprints.items()
    }


def _run(fingerprint: Fingerprint) -> int:
    """How many inputs it was run on."""
    return sum(outcome != NOT_RUN for outcome in fingerprint.outcomes)


def _expected(test: Expectation) -> str | None:
    if test.relation in ("true", "false"):
        return digest_of(dumps(test.relation == "true"))
    if test.relation in ("equal", "identical") and test.case.output is not None:
        return digest_of(test.case.output)
    return None
