"""The stage: the local parts run, the configuration is written, the ledger is open."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from credwatch.config.loading import load
from credwatch.ledger import Ledger
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.story.acts import Play
from credwatch.sandbox.story.company import Company
from credwatch.sandbox.story.times import Month, StoryClock

CONFIG = "credwatch.toml"


@contextmanager
def staged(directory: Path, now: datetime, stop: threading.Event) -> Iterator[Play]:
    """A story that ends `now`. Its ledger and its configuration are kept in this directory.

    Meanwhile the secrets that the configuration refers to stand in this process's environment.
    """
    month = Month(now)
    clock = StoryClock(month.at(0))
    with Scene(clock) as scene:
        company = Company(scene, month)
        path = directory / CONFIG
        path.write_text(company.configuration(directory), encoding="utf-8")
        config = load(path, {})
        with lent(company.environment), Ledger.open(config.daemon.data, now=clock.now()) as ledger:
            yield Play(company, config, ledger, clock, month, stop)


@contextmanager
def lent(variables: Mapping[str, str]) -> Iterator[None]:
    """These stand in the environment; afterwards it is as it was."""
    before = {name: os.environ.pop(name) for name in variables if name in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name, None)
        os.environ.update(before)
