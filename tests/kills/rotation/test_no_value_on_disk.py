"""Every value that was made or held is looked for in all that was written meanwhile: it is nowhere but in its places."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.kills.forks import KILLED, PYTHON
from tests.kills.rotation.cases import CASES, EVERY
from tests.kills.rotation.gate import Case
from tests.kills.rotation.outside import ended_well
from tests.kills.rotation.points import MORE, points
from tests.kills.rotation.yard import Yard
from tests.leaks.searching import Search
from tests.leaks.witness import Witness, Written
from tests.servers.wallclock import Wallclock

STEP = 190
"""Of the points of a case so many are passed over."""
CASE = CASES["one-place"]


def search(yard: Yard) -> Search:
    """For each value; of a private key for a line from its midst, as somebody might show it line by line."""
    yard.note()
    lines = (value.strip().splitlines() for value in sorted(yard.values))
    return Search((f"value {number}", each[len(each) // 2]) for number, each in enumerate(lines))


def written(yard: Yard) -> dict[str, bytes]:
    """All that is in the data directory."""
    return {path.name: path.read_bytes() for path in yard.data.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", EVERY)
def test_killed_at_any_point_no_value_is_in_the_data_directory_or_in_what_was_said(ground: Yard, case: Case) -> None:
    found: list[str] = []
    kills = 0
    for point in points(ground, case)[:: max(1, STEP // MORE)]:
        ground.go_back(case)
        ground.said.clear()
        point.plan(ground)
        codes = [ground.start(case).code]
        left = written(ground)
        codes += ground.play(case, begun=True)
        kills += KILLED in codes
        looked = search(ground)
        said = {"said": "".join(ground.said).encode()}
        for name, content in (*left.items(), *written(ground).items(), *said.items()):
            found += [f"{point}: {hit}" for hit in looked.hits(name, content)]

    assert found == []
    assert kills >= 1


def test_a_real_process_shows_no_value_to_others_nor_to_slack_and_a_planted_one_is_found(
    yard: Yard, tmp_path: Path
) -> None:
    clock, seen = Wallclock(tmp_path), Written()
    yard.go_back(CASE)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    shifted = {**clock.environment, "WALLCLOCK_FILE": str(yard.clock.path), "TMPDIR": str(temporary)}
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CREDWATCH_BY": "ana", **shifted}
    words = ["--log-level", "debug", "rotate", yard.ids[CASE.name], "--yes", "--now", "--reason", "a try"]
    process = subprocess.Popen(
        [PYTHON, "-m", "credwatch", *yard.config, *words],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process, Witness(process.pid, (temporary, yard.data), seen):
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert list(ended_well(yard, CASE)) == []
    assert yard.run("deliver").code == 0
    rooms = [vars(message) for room in yard.scene.slack.rooms.values() for message in room.messages]
    told = {"out": out, "err": err, "Slack": json.dumps(rooms).encode(), **written(yard)}
    looked = search(yard)

    assert rooms
    assert seen.keys() >= {"command lines", "environments"}
    hits = [hit for name, contents in seen.items() for content in contents for hit in looked.hits(name, content)]
    assert [*hits, *(hit for name, content in told.items() for hit in looked.hits(name, content))] == []
    new = yard.makers[CASE.vendor].made()[0].value
    assert looked.hits("planted", f"the log says {new}")
