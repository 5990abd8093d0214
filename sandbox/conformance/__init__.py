"""What every sandbox must withstand: hostile programs, each with the end that it must come to, and a look afterwards.

Works on any implementation of `sandbox.execution.Sandbox`, of this package or of somebody else's:

    from sandbox.conformance import CASES, check, run_case

    outcomes = check(my_sandbox)                       # all cases, one after the other
    assert all(outcome.clean for outcome in outcomes)

    @pytest.mark.parametrize("case", CASES, ids=str)   # or one test a case
    def test_conformance(case):
        outcome = run_case(my_sandbox, case)
        assert outcome.clean, outcome

The programs are data (`programs/*.toml`), so that they can be read, and run by hand, without this code. `codesieve
sandbox check` runs them from the command line.
"""

from sandbox.conformance.cases import CASES, Case
from sandbox.conformance.check import Outcome, check, run_case

__all__ = ["CASES", "Case", "Outcome", "check", "run_case"]
