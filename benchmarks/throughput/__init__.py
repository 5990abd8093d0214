"""How fast the sandbox is, how steady its verdicts are, and how soon a program is dead after its limit."""
