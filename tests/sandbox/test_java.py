from __future__ import annotations

import pytest

from sandbox.java import java_names, without_public_types

_MAIN = "public static void main(String[] args) {}"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (f"public class A {{ {_MAIN} }}", ("A.java", "A")),
        (f"class A {{ {_MAIN} }} class B {{}}", ("A.java", "A")),
        (f"class A {{ {_MAIN} }} public class B {{ {_MAIN} }}", ("B.java", "B")),
        (f"public class A {{ {_MAIN} }} class B {{ {_MAIN} }}", ("A.java", "A")),
        (f"class A {{ {_MAIN} }} class B {{ {_MAIN} }}", ("B.java", "B")),
        (f"package a.b;\nclass A {{ class C {{}} {_MAIN} }}", ("A.java", "a.b.A")),
        ("class A { static public final void main (String... a) {} }", ("A.java", "A")),
        (f"// class X {{\nclass A {{ String s = \"}}\\\"\"; char c = '{{'; /* }} */ {_MAIN} }}", ("A.java", "A")),
        (f"public final class A {{ interface B {{}} }} class C {{ {_MAIN} }}", ("A.java", "C")),
        ("no Java at all }}}", ("Main.java", "Main")),
    ],
)  # fmt: skip
def test_names_follow_from_the_text(source: str, names: tuple[str, str]) -> None:
    assert java_names(source) == names


def test_only_top_level_types_lose_their_publicity() -> None:
    source = "public class A { public static class B {} }\npublic abstract class C {}"
    assert without_public_types(source) == "class A { public static class B {} }\nabstract class C {}"
