"""How much a client may ask of the service, so that none can stop it from working for the others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits:
    """Bounds of the service.

    Attributes:
        body_bytes: Of a request; a problem is shorter.
        request_s: Within it the head of a request, and then its body, must have come.
        connections: At once, of all clients; lower where the process may not open so many files.
        streams: Event streams of a client at once.
        stalled_s: A reader that takes nothing for so long is let go.
        waiting: Runs of a client that wait for their turn.
        at_once: Runs of all clients under way.
        samples: Of a run.
        seconds: Of drawing, for a run.
        question_s: After it a question counts as not answered, and what is left is ranked.
        history: Runs of a client that are listed, the newest.
    """

    body_bytes: int = 128 << 10
    request_s: float = 10.0
    connections: int = 2000
    streams: int = 16
    stalled_s: float = 20.0
    waiting: int = 8
    at_once: int = 2
    samples: int = 1000
    seconds: float = 3600.0
    question_s: float = 1800.0
    history: int = 200
