"""Everything that `codegen` raises, and the exit code that the command line gives for it."""

from __future__ import annotations


class CodesieveError(Exception):
    """Base. The message names the thing, the value and what to do."""

    exit_code = 2


class UsageError(CodesieveError):
    """The caller asked for something that cannot be: unknown name, bad value, changed setting."""


class SettingsChangedError(UsageError):
    """A run file was started with other settings. Names each one with both values."""


class ModelError(CodesieveError):
    """A model could not be had, or failed."""

    exit_code = 3


class ExecutorError(CodesieveError):
    """There is no cluster to work on, or no node of it is left."""

    exit_code = 3


class RunFileError(CodesieveError):
    """The run file is locked, damaged, of another version, or its disk is full."""

    exit_code = 4


class CancelledError(CodesieveError):
    """The caller cancelled. What was done so far is in the run file."""

    exit_code = 130


class NotFeedableError(UsageError):
    """A ranker needs what this pool has not: generated tests, log-probabilities, somebody to ask."""
