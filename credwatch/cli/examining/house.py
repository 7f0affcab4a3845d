"""What doctor says of our own house: the configuration, the data directory, the clock."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from credwatch.cli.configuring import summary
from credwatch.cli.phrases import plural
from credwatch.config.configuration import Config
from credwatch.contract import Diagnosis
from credwatch.daemon.place import perishable
from credwatch.errors import CredwatchError
from credwatch.ledger import Ledger
from credwatch.ledger.migrations import version
from credwatch.ledger.place import FILE

SMALL = 100 << 20
"""Bytes. With less free the disk is nearly full."""
WRONG_CLOCK = 60.0
"""Seconds. From here signatures and tokens begin to be refused."""


def complaint(what: str, error: CredwatchError) -> Diagnosis:
    """An error's first sentence, and what to do, which is its last."""
    said, _, mend = str(error).partition(". ")
    return Diagnosis(what, ok=False, said=said.rstrip("."), mend=mend)


def configuration(config: Config, problems: Sequence[str]) -> Iterator[Diagnosis]:
    """The file, and each thing that is wrong in it."""
    where = str(config.path.absolute()) if config.path is not None else "no file"
    if not problems:
        mend = "" if config.path is not None else ". credwatch init writes a first one"
        yield Diagnosis(where, ok=True, said=f"{summary(config)}{mend}")
    for problem in problems:
        yield Diagnosis(where, ok=False, said=problem.removeprefix(f"{config.name}, "), mend="")


def data(config: Config, now: datetime, mounts: str) -> Diagnosis:
    """Whether the ledger can be kept there. It is looked at and not made; `mounts` is /proc/self/mountinfo's text."""
    directory = config.daemon.data.absolute()
    nearest = next(each for each in (directory, *directory.parents) if each.exists())
    try:
        said = [_ours(directory, nearest), _lasting(config, directory, mounts), _room(nearest)]
        ledger = _ledger(directory, now, mounts)
    except _Wrong as wrong:
        return Diagnosis(str(directory), ok=False, said=wrong.said, mend=wrong.mend)
    except CredwatchError as error:
        return complaint(str(directory), error)
    return Diagnosis(str(directory), ok=True, said=f"{', '.join(said)}; {ledger}")


class _Wrong(Exception):  # noqa: N818  it is the answer
    def __init__(self, said: str, mend: str) -> None:
        super().__init__(said)
        self.said, self.mend = said, mend


def _ours(directory: Path, nearest: Path) -> str:
    if not os.access(nearest, os.R_OK | os.W_OK | os.X_OK) or not nearest.is_dir():
        said = "we may not write there" if nearest == directory else f"it cannot be made: we may not write to {nearest}"
        mend = f"make it for the user that credwatch runs as: install -d -m 0700 -o USER {directory}"
        raise _Wrong(said, f"{mend}; or name another directory in [daemon] data")
    if nearest != directory:
        return "will be made, 0700"
    mode = stat.S_IMODE(directory.stat().st_mode)
    ours = directory.stat().st_uid == os.geteuid()
    return f"{mode:04o}" + (", made 0700 by the next sweep" if mode & 0o077 and ours else "")


def _lasting(config: Config, directory: Path, mounts: str) -> str:
    lost = perishable(directory, mounts)
    if lost is None:
        return "survives a restart"
    if config.daemon.ephemeral:
        return "ends with a restart, as configured"
    said, _, mend = lost.removeprefix(f"{directory} ").partition(". ")
    raise _Wrong(said, mend)


def _room(directory: Path) -> str:
    free = shutil.disk_usage(directory).free
    if free < SMALL:
        raise _Wrong(f"{free >> 20} MiB free", "make room: without it nothing is remembered, and everything told again")
    return f"{free / (1 << 30):.1f} GiB free"


def _ledger(directory: Path, now: datetime, mounts: str) -> str:
    if not (directory / FILE).exists():
        return "no ledger yet"
    with Ledger.open(directory, now=now, read_only=True, mounts=mounts):
        return f"ledger schema {version()}"


def clock(ahead: Sequence[timedelta]) -> Iterator[Diagnosis]:
    """Our clock against those of the vendors that were reached; nothing where none was."""
    if not ahead:
        return
    off = median(each.total_seconds() for each in ahead)
    said = "right to the second" if abs(off) < 1 else f"{abs(off):,.0f} s {'ahead' if off > 0 else 'behind'}"
    mend = "" if abs(off) < WRONG_CLOCK else "set it, and keep it set: timedatectl set-ntp true"
    yield Diagnosis(f"against {plural(len(ahead), 'Date header')}", ok=not mend, said=said, mend=mend)
