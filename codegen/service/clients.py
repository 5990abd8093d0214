"""Who may ask: every client has a token of its own, new in every process."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from codegen.errors import UsageError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


class Clients:
    """Clients by name. A client's runs lie in the folder of its name, and are there again after a restart.

    Raises:
        UsageError: A name that cannot be one of a folder, or one that was given twice.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.tokens: dict[str, str] = {}
        for name in names:
            if not _NAME.fullmatch(name):
                raise UsageError(
                    f"client '{name}' is no name; give up to 32 small letters, digits, dots, dashes and underscores"
                )
            if name in self.tokens:
                raise UsageError(f"client '{name}' is there twice; give each name once")
            self.tokens[name] = secrets.token_urlsafe(32)

    def of_token(self, token: str) -> str | None:
        """The client with this token; takes as long for a wrong one as for a right one."""
        given = token.encode("utf-8", "surrogateescape")
        found = None
        for name, expected in self.tokens.items():
            if secrets.compare_digest(given, expected.encode()):
                found = name
        return found
