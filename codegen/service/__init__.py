"""`codesieve serve`: runs over HTTP for the people of one machine, and a page that shows the sieve at work.

Nothing is answered without a token, and a client sees its own runs alone. Every run is a run file, with its events in
it, so that history outlives the process and a stream of events goes on where it broke off.
"""

from codegen.service.limits import ServiceLimits
from codegen.service.server import Server
from codegen.service.service import Service

__all__ = ["Server", "Service", "ServiceLimits"]
