"""Programs that differ in names of variables alone have one key."""

from __future__ import annotations

from codegen.alpha import alpha_key

ONE = '''
def f(values, n):
    """Doc."""
    total = 0
    for each in values:
        total += each * n
    return total
'''
OTHER = """
def f(xs, k):
    s = 0
    for x in xs:
        s += x * k
    return s
"""


def test_names_of_variables_and_docstrings_do_not_count() -> None:
    assert alpha_key(ONE, "python") == alpha_key(OTHER, "python")


def test_what_is_called_and_which_variable_it_is_counts() -> None:
    assert alpha_key(OTHER, "python") != alpha_key(OTHER.replace("x * k", "k * x"), "python")
    assert alpha_key("def f(x):\n    return len(x)", "python") != alpha_key("def f(x):\n    return sum(x)", "python")
    assert alpha_key("def f(x): return x", "python") != alpha_key("def g(x): return x", "python")


def test_parameters_that_are_given_by_name_keep_it() -> None:
    one = "def g(a): return a\ndef f(x): return g(a=x)"
    assert alpha_key(one, "python") != alpha_key(one.replace("a", "b"), "python")


def test_any_text_has_a_key() -> None:
    assert alpha_key("def f(:", "python") != alpha_key("def g(:", "python")
    assert alpha_key("int  f();", "cpp") == alpha_key("int f(); // why", "cpp")
