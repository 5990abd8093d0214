"""Programs in colour: every character is kept."""

from __future__ import annotations

import pytest

from codegen.highlighting import tokens


@pytest.mark.parametrize("language", ["python", "cpp", "java", "no-such-language"])
def test_highlighting_keeps_every_character(language: str) -> None:
    program = "int main() { return 0; }  // é ∑ \n\tx = 'a' # b\n"
    assert "".join(tokens(program, language)[1::2]) == program
