"""rotations, and what a person decides of one."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

from credwatch.model.rotating import Rotation, State, Trouble, Turn
from credwatch.sandbox.server import Response
from tests.cli.rotating.yard import EU, PROD, Yard


@pytest.fixture
def stopped(yard: Yard) -> Yard:
    """Somebody wrote a place between two steps of a rotation: it waits for a person."""
    theirs = yard.issue("theirs")

    def meanwhile(_: Rotation, turn: Turn) -> None:
        if turn.to is State.VERIFIED:
            yard.put("prod", theirs)

    with yard.shop() as shop:
        yard.begun(shop, said=meanwhile)
    assert (yard.state(), yard.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.STRANGER)
    return yard


def test_a_stop_says_what_is_true_and_what_can_be_chosen(stopped: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    stopped.run("rotations", "show", stopped.id)

    out = capsys.readouterr().out
    assert f"{stopped.id} · deepgram-api-key · stopped, a person must choose" in out
    assert f"`{PROD}` · version 2 · a third key (unknown to us), works" in out
    assert f"`credwatch resume {stopped.id} --overwrite {PROD}@2`" in out
    assert f"`credwatch resume {stopped.id} --leave {PROD}`" in out


def test_what_they_wrote_is_overwritten_where_a_person_says_which_version_may_be_lost(stopped: Yard) -> None:
    assert stopped.run("--quiet", "resume", stopped.id, "--overwrite", f"{PROD}@2") == 0

    assert stopped.state() is State.GRACE
    assert stopped.held("prod") == stopped.held("eu") != stopped.old.value
    assert ("ana", "resume", stopped.id, f"overwrite {PROD}@2") in stopped.audit()


def test_another_version_than_the_one_that_is_there_is_not_overwritten(
    stopped: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stopped.held("prod")

    assert stopped.run("resume", stopped.id, "--overwrite", f"{PROD}@7") == 64
    assert "look again" in capsys.readouterr().err
    assert (stopped.held("prod"), stopped.state()) == (before, State.NEEDS_OPERATOR)


def test_what_they_wrote_stays_and_the_old_key_is_kept(stopped: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = stopped.held("prod")

    assert stopped.run("--quiet", "resume", stopped.id, "--leave", PROD) == 0
    assert stopped.held("prod") == theirs
    assert stopped.held("eu") not in {theirs, stopped.old.value}
    stopped.later(hours=25)
    stopped.run("--quiet", "rotate", "--due")
    capsys.readouterr()
    stopped.run("rotations", "show", stopped.id)
    assert stopped.old.value in stopped.alive()
    assert stopped.state() is State.DONE
    end = f"works from 1 of 2 places, the old one is kept, because {PROD} was left to a person; it is held in no place"
    assert (end in stopped.rotation.reason, "is refused" in capsys.readouterr().out) == (True, False)


def test_ours_is_undone_and_what_they_wrote_stays(stopped: Yard) -> None:
    theirs = stopped.held("prod")

    assert stopped.run("--quiet", "rollback", stopped.id, "--reason", "their change stays") == 0
    assert (stopped.held("eu"), stopped.held("prod")) == (stopped.old.value, theirs)


def test_left_before_a_place_holds_it_the_new_key_is_deleted(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    with yard.shop() as shop:
        yard.begun(shop, said=lambda _, turn: shop.watch.stop.set() if turn.to is State.STAGED else None)
    before = yard.alive()
    yard.scene.servers["deepgram"].before_each(lambda request: Response(503) if request.method == "DELETE" else None)
    yard.run("abort", yard.id, "--reason", "not today")
    assert f"{yard.id} is left, and waits: deleting " in capsys.readouterr().out
    yard.run("rotations", "show", yard.id)
    assert "lies beside" not in capsys.readouterr().out
    yard.scene.servers["deepgram"].before_each(lambda _: None)

    for _ in range(2):
        yard.later(hours=1)
        yard.run("--quiet", "rotate", "--due")
    assert yard.state() is State.ABORTED
    yard.run("rotations", "show", yard.id)
    assert "lies beside" not in capsys.readouterr().out
    assert (len(before), yard.alive(), yard.held("prod")) == (2, {yard.old.value}, yard.old.value)
    assert ("ana", "abort", yard.id, "not today") in yard.audit()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["resume"], id="resume alone, which meets the same conflict"),
        pytest.param(["resume", "--adopt", "x"], id="adopt"),
        pytest.param(["resume", "--leave", "x"], id="leave a key"),
        pytest.param(["rotations", "revoke"], id="revoke"),
    ],
)
def test_what_does_not_help_is_refused_and_it_waits_on(stopped: Yard, words: list[str]) -> None:
    command = ["rotations", "revoke"] if words[0] == "rotations" else words[:1]

    assert stopped.run(*command, stopped.id, *words[len(command) :]) == 64
    assert stopped.state() is State.NEEDS_OPERATOR
    (_, asked, about, _), (_, action, _, became) = stopped.audit()[-2:]
    assert (asked, about, action) == (command[-1], stopped.id, command[-1])
    assert became.startswith("refused, nothing was changed: ")


def test_one_choice_at_a_time(stopped: Yard) -> None:
    assert stopped.run("resume", stopped.id, "--adopt", "x", "--leave", "y") == 64


def test_paused_nothing_is_done_until_it_goes_on(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("pause", yard.id, "--reason", "release day")
    yard.later(hours=25)
    yard.run("rotate", "--due")
    assert yard.state() is State.GRACE
    assert "paused (in grace)" in _rotations(yard, capsys)

    yard.run("unpause", yard.id)
    yard.run("rotate", "--due")
    assert yard.state() is State.CONFIRMING


def test_one_that_has_stopped_neither_goes_on_by_being_unpaused_nor_is_called_well(
    stopped: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped.run("pause", stopped.id)
    paused = capsys.readouterr().out
    stopped.run("unpause", stopped.id)
    waits = capsys.readouterr().out
    stopped.run("rotate", "--due")

    assert "nothing is broken" not in paused
    assert f"waits for a person: credwatch rotations show {stopped.id}" in waits
    assert stopped.state() is State.NEEDS_OPERATOR


def test_paused_altogether_none_is_begun_and_one_under_way_goes_on(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    assert yard.run("pause", "--reason", "an audit") == 0
    yard.later(hours=25)
    yard.run("--quiet", "rotate", "--due")
    assert yard.state() is State.CONFIRMING
    assert "All rotations are paused: an audit (ana, 2026-11-20 16:41 UTC)" in _rotations(yard, capsys)

    yard.put("staging", yard.issue("staging"))
    yard.sweep()
    capsys.readouterr()
    assert yard.run("rotate", "vault-prod:kv/voice/staging#DEEPGRAM_API_KEY", "--dry-run") == 1
    assert "would start: no. all rotations are paused" in capsys.readouterr().out
    yard.run("unpause")
    assert yard.run("rotate", "vault-prod:kv/voice/staging#DEEPGRAM_API_KEY", "--dry-run") == 1  # same account


def test_the_evidence_has_each_effect_with_what_came_of_it(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes", "--compromised")
    capsys.readouterr()

    yard.run("rotations", "show", yard.id)

    out = capsys.readouterr().out
    lines = [re.split(" {2,}", line.strip()) for line in out.splitlines()]
    steps = [line[2] for line in lines if line[-1] == "done" and len(line) == 4]
    assert steps == [
        "make the new key",
        f"store beside {EU}",
        f"store beside {PROD}",
        f"make live {EU}",
        f"make live {PROD}",
        "tell voice-agent",
        "revoke the old key",
        *(f"empty the pending slot {place}" for place in (EU, PROD)),
    ]
    assert "the new key works from every place, the old one is refused" in out


def test_the_evidence_as_json_has_the_whole_journal(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    capsys.readouterr()

    yard.run("rotations", "show", yard.id, "--json")

    said = json.loads(capsys.readouterr().out)
    assert said["chain_whole"] is True
    assert [one["phase"] for one in said["journal"] if one["step"] == "mint"] == ["intent", "done"]


def test_a_journal_that_somebody_changed_is_said_so(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    with sqlite3.connect(yard.folder / "data" / "credwatch.db") as db:
        db.execute("update journal set detail = 'nothing' where seq = 3")
    capsys.readouterr()

    yard.run("rotations", "show", yard.id)

    assert "The chain of the journal is broken" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["cw-1", "nothing", "cw-01ZZZZZZZZ"])
def test_a_rotation_that_is_not_there_is_a_wrong_word(yard: Yard, word: str) -> None:
    assert yard.run("rotations", "show", word) == 64


def test_without_one_it_is_said_how_to_begin(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    assert "credwatch rotate PLACE --dry-run" in _rotations(yard, capsys)


def _rotations(yard: Yard, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert yard.run("rotations") == 0
    return capsys.readouterr().out


def test_a_place_that_holds_what_it_should_is_not_what_was_asked_about(
    stopped: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    new = stopped.held("eu")

    assert stopped.run("resume", stopped.id, "--overwrite", f"{EU}@2") == 64
    assert "holds what it should" in capsys.readouterr().err
    stopped.run("--quiet", "rollback", stopped.id)
    assert (stopped.held("eu"), new in stopped.alive()) == (stopped.old.value, True)


def test_a_version_that_only_begins_like_the_one_that_is_there_is_another_one(stopped: Yard) -> None:
    for change in range(18):
        stopped.scene.put("voice/prod", DEEPGRAM_API_KEY=stopped.held("prod"), OTHER=str(change))
    theirs = stopped.held("prod")

    assert stopped.run("resume", stopped.id, "--overwrite", f"{PROD}@2") == 64
    assert (stopped.held("prod"), stopped.state()) == (theirs, State.NEEDS_OPERATOR)
