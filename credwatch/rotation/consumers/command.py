"""A consumer is told by a program of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from credwatch.rotation.consumers.told import Told
from credwatch.rotation.program import Program

DEADLINE = timedelta(minutes=2)


class Command:
    """One program and its arguments, as they are."""

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        monotonic: Callable[[], float],
        *,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._program = Program(argv, environ, monotonic, deadline=deadline)

    def __call__(self, told: Told) -> None:
        """Run it to its end: its exit code decides."""
        self._program.tell({"CREDWATCH_CONSUMER": told.consumer, "CREDWATCH_KEY_ID": told.key_id})
