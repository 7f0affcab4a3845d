"""The stage: the local parts run, the configuration is written, the references lead somewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from credwatch.sandbox.rehearsal.acts import LENGTH, Commands, Play
from credwatch.sandbox.rehearsal.company import Company
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.story.stage import CONFIG, lent
from credwatch.sandbox.story.times import StoryClock


@contextmanager
def rehearsed(
    directory: Path, now: datetime, stop: threading.Event, commands: Callable[[Path, StoryClock], Commands]
) -> Iterator[Play]:
    """Two rotations that are over before `now`. Their ledger and their configuration are kept in this directory.

    Meanwhile the secrets that the configuration refers to stand in this process's environment.
    """
    clock = StoryClock((now - LENGTH - timedelta(minutes=1)).replace(minute=0, second=0, microsecond=0))
    with Scene(clock) as scene:
        company = Company(scene)
        path = directory / CONFIG
        path.write_text(company.configuration(directory), encoding="utf-8")
        with company.agent_server, lent(company.environment()):
            yield Play(company, commands(path, clock), clock, stop)
