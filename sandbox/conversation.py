"""Two programs in two boxes whose standard streams are crossed: test code and candidate, interactor and contestant."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sandbox.capture import Capture
from sandbox.channel import Feed
from sandbox.descriptors import descriptors, pipe
from sandbox.execution import Execution
from sandbox.job import Box, Job


def converse(program: Job, driver: Job, program_box: Box, driver_box: Box) -> tuple[Execution, Execution]:
    """How each of the two ended, and in which order; each sees end of file when the other has ended. Raises BoxError.

    When one of them cannot be built, its execution is that of the build, and the other's never began.
    """
    for job, box in ((program, program_box), (driver, driver_box)):
        if not job.prepare(box):
            build = job.result().build
            assert build is not None, "a build that failed is remembered"
            nothing = Execution(status=build.status, exit_code=build.exit_code)
            return (build, nothing) if job is program else (nothing, build)
    with descriptors() as kept:
        # A side's ends are held open here until it is known how it ended. So nobody can end *because* the other has
        # ended and be the first of the two that is heard of.
        (to_driver, from_program), (to_program, from_driver) = (tuple(map(kept.keep, pipe())) for _ in range(2))

        order = itertools.count(1)

        def speak(job: Job, box: Box, stdin: int, stdout: int) -> Execution:
            message, given = job.request_again()
            try:
                own = {"stdin": os.dup(stdin), "stdout": os.dup(stdout)}
                feed = Feed(own, ("stderr", *job.streams), Capture(job.limits.output_bytes))
                box.limit_memory(job.limits.memory_bytes)
                answer = box.channel.exchange_one({**message, "serve": True}, given, feed, patience_s=job.patience_s)
                place = next(order)
                job.keep_code(given)
            finally:
                kept.close(stdin, stdout)
            return replace(job.ended(answer, feed.capture), place=place)

        with ThreadPoolExecutor(1) as threads:
            other = threads.submit(speak, driver, driver_box, to_driver, from_driver)
            ended = speak(program, program_box, to_program, from_program)
            return ended, other.result()
