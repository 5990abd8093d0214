"""The log of what does not go as it should: one line an event, `event=NAME key=value ...`, on one standard logger.

Nothing is printed unless somebody listens: a program that uses this package adds a handler to the logger "codesieve",
and the command line writes to the file that CODESIEVE_LOG names. Events:

    sandbox_chosen      which tier, and why (INFO)
    box_started         a container or a bubblewrap box is up (INFO)
    box_broken          a box failed in the middle of a run, which is done again in another (WARNING)
    box_dirty           a program left something behind that could not be cleared; the box is thrown away (WARNING)
    canary_alarm        a harmless program saw what should not be there; the box is thrown away (WARNING)
    run_given_up        a run failed in box after box: a SandboxError for the caller (ERROR)
    daemon_lost         the Docker daemon went away while it was needed; it is waited for (WARNING)
    daemon_back         it answers again (WARNING)
    removal_failed      a container could not be removed now; it is tried again later (WARNING)
    leftovers_swept     what killed processes had left behind was removed (WARNING)
    build_damaged       a stored build is not what was stored; it is made anew (WARNING)
    build_not_stored    a build could not be kept on disk (WARNING)
    run_again_alone     a time limit passed on a busy machine; the input is run again with nothing beside it (INFO)
    closed_under_way    the sandbox was closed while programs were running (INFO)
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

LOG = logging.getLogger("codesieve.sandbox")
LOG.addHandler(logging.NullHandler())

_SHOWN = 500


def note(event: str, *, level: int = logging.WARNING, **fields: object) -> None:
    """Log one event. Values with blanks or quotes are written as JSON texts."""
    if LOG.isEnabledFor(level):
        LOG.log(level, "%s", " ".join([f"event={event}", *(f"{name}={_value(each)}" for name, each in fields.items())]))


def log_to(path: str | Path) -> logging.Handler:
    """Append every event from INFO on to a file, with time (UTC), level and process. Raises OSError."""
    handler = logging.FileHandler(path, encoding="utf-8")
    form = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ level=%(levelname)s pid=%(process)d %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"
    )
    form.converter = time.gmtime
    handler.setFormatter(form)
    logger = logging.getLogger("codesieve")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return handler


def _value(value: object) -> str:
    text = str(value)[:_SHOWN]
    plain = text and not any(character in ' "=' or not character.isprintable() for character in text)
    return text if plain else json.dumps(text)
