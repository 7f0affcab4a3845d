"""The small parts: where data survives, jumps of the clock, a pace, what is accepted."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.job import Job

from credwatch.daemon.jobs import Pace
from credwatch.daemon.jumps import Jumps
from credwatch.daemon.place import perishable

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MOUNTS = """
1 0 0:1 / / rw - overlay overlay rw
2 1 0:2 / /tmp rw - tmpfs tmpfs rw
3 1 8:1 /pvc /var/lib/credwatch rw - ext4 /dev/sda rw
4 1 8:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/data /empty rw - ext4 /dev/sda rw
5 1 8:2 /var/lib/docker/volumes/x/_data /volume rw - xfs /dev/sdb rw
"""


@pytest.mark.parametrize(
    ("directory", "where"),
    [
        ("/var/lib/credwatch", None),
        ("/var/lib/credwatch/deeper", None),
        ("/volume/not/made/yet", None),
        ("/var/lib", "the container's own layer"),
        ("/tmp/credwatch", "memory"),  # noqa: S108  a name only
        ("/empty", "an emptyDir"),
    ],
)
def test_where_data_survives_a_restart(directory: str, where: str | None) -> None:
    said = perishable(Path(directory), MOUNTS)

    assert (said is None) if where is None else (said is not None and f"lies on {where}" in said)
    assert said is None or said.endswith("or say ephemeral = true in [daemon] if that is meant")


class Hands:
    """A clock whose two hands are set."""

    def __init__(self) -> None:
        self.wall, self.ticks = NOON, 100.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("wall", "ticks", "jump"),
    [
        (3600, 3600, None),
        (61, 60, None),  # slewed
        (90 * 86_400, 1, timedelta(days=90, seconds=-1)),
        (-3600, 1, timedelta(seconds=-3601)),
    ],
)
def test_a_jump_is_what_one_clock_does_without_the_other(wall: float, ticks: float, jump: timedelta | None) -> None:
    hands = Hands()
    jumps = Jumps(hands)
    hands.wall += timedelta(seconds=wall)
    hands.ticks += ticks

    assert jumps.jumped() == jump
    assert jumps.jumped() is None


def test_a_jump_of_a_year_is_one_run_and_not_a_million() -> None:
    pace = Pace(timedelta(seconds=5))
    job = Job.__new__(Job)
    job.trigger, job.next_run_time = pace, NOON

    assert len(job._get_run_times(NOON + timedelta(days=365))) == 1
    assert pace.get_next_fire_time(None, NOON) == NOON
    assert pace.get_next_fire_time(NOON, NOON + timedelta(days=365)) == NOON + timedelta(days=365, seconds=5)
