"""A certificate that a program of the house renews, from the plan to the end, and each way in which it goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from credwatch.model.rotating import State
from credwatch.sandbox.story.reading import Reader
from tests.cli.rotating.stand import NEW_KEY, OWN_KEY, PLACE, Stand
from tests.cli.rotating.yard import Yard
from tests.rotation.renewals.issuing import OTHERS


def said(stand: Stand) -> str:
    """Everything that Slack shows."""
    return " ".join(line for one in Reader(stand.yard.scene.slack).news() for line in one.lines)


@pytest.fixture
def stand(bare: Yard) -> Stand:
    return Stand(bare)


def test_the_plan_names_the_program_and_runs_nothing(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    code = stand.yard.run("rotate", PLACE, "--dry-run")

    said = capsys.readouterr().out
    assert code == 0
    assert f"1  renew    run {sys.executable} -S " in said
    assert "same private key" not in said
    assert "as it was     every name that it is for" in said
    assert "the new one stands in both places; the old one runs out by itself" in said
    assert "revoke" not in said
    assert "ask " not in said
    assert (stand.runs, stand.yard.rotations()) == ([], ())


def test_it_comes_into_every_place_and_the_old_one_is_left_to_run_out(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    new = (stand.folder / "new.pem").read_text()

    assert stand.begin() == 0
    stand.due(days=2)

    assert stand.yard.state() is State.DONE
    assert stand.held() == ({"cert": new, "key": OWN_KEY, "OTHER": "kept"}, new)
    assert stand.runs == [stand.old]
    stand.yard.run("rotations", "show", stand.yard.id)
    shown = capsys.readouterr().out
    assert "refused" not in shown
    assert "revoked" not in shown


def test_the_messages_say_that_nobody_revokes_the_old_one(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    stand.begin()
    stand.yard.run("--quiet", "deliver")
    during = said(stand)
    stand.due(days=2)
    stand.yard.run("--quiet", "deliver")

    assert "Then: it is done, and the old one runs out by itself." in during
    assert "is complete: the new one works from every place, the old one runs out" in said(stand)
    for never in ("the old one is refused", "revoked", "May the old"):
        assert never not in during + said(stand) + capsys.readouterr().out


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("", "printed is not taken: no certificate that can be read was printed"),
        ("shorter", "printed is not taken: it ends on"),
        ("another key", "printed is not taken: it is for another private key, which did not come with it"),
        ("a key of its own", "sip.pem has no private key, and a new one came with it"),
    ],
)
def test_what_cannot_come_in_its_place_is_refused_before_anything_is_written(
    stand: Stand, printed: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {
        "shorter": lambda: stand.made(5),
        "another key": lambda: stand.made(90, key=OTHERS),
        "a key of its own": lambda: stand.made(90, key=OTHERS) + NEW_KEY,
    }
    stand.prints(made[printed]() if printed in made else "")
    before, written = stand.held(), len(stand.yard.writes())

    assert stand.begin() == 1

    said = capsys.readouterr().out
    assert (stand.yard.state(), stand.held(), len(stand.yard.writes())) == (State.ABORTED, before, written)
    assert why in said
    assert NEW_KEY.splitlines()[1] not in said


def test_a_new_private_key_goes_beside_it_where_every_place_holds_one(stand: Stand) -> None:
    stand.file.unlink()
    stand.yard.run("--quiet", "sweep")
    new = stand.made(90, key=OTHERS)
    stand.prints(NEW_KEY + new)

    assert stand.begin("--now") == 0

    fields: dict[str, str] = stand.yard.scene.vault.ask("read", "kv/data/sip/tls")["data"]["data"]
    assert fields == {"cert": new, "key": NEW_KEY, "OTHER": "kept"}
    assert stand.yard.state() is State.DONE


def test_a_program_that_fails_is_run_three_times_with_time_between_and_then_given_up(stand: Stand) -> None:
    stand.prints("", code=4)
    before = stand.held()

    stand.begin()
    runs = [len(stand.runs)]
    for _ in range(4):
        stand.due(minutes=16)
        runs.append(len(stand.runs))

    assert runs == [1, 2, 3, 3, 3]
    assert (stand.yard.state(), stand.held()) == (State.ABORTED, before)
    assert "ended with 4: as the authority says: no order" in stand.yard.rotation.reason


def test_one_that_has_ended_is_renewed_without_a_wait(stand: Stand) -> None:
    stand.yard.later(days=21)
    stand.yard.run("--quiet", "sweep")
    stand.prints(stand.made(90))

    assert stand.begin() == 0

    assert (stand.yard.state(), stand.yard.rotation.replaces_dead) == (State.DONE, True)


def test_without_a_program_it_is_refused_with_the_way_out(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    stand.configure(renewals="")

    assert stand.begin() == 1
    said = capsys.readouterr().out
    assert 'Refused: no program renews certificate "sip.example.com".' in said
    assert '[[renewals]] place = "…", command = ["…"]' in said


def test_a_rule_renews_it_by_itself_when_its_date_comes(stand: Stand) -> None:
    stand.begin("--now")  # the first of its kind waits for a person
    stand.configure('[[rules]]\nmatch = { kind = "certificate" }\nrotate = "auto"\nrotate_at = "30d"\n')
    stand.yard.later(days=55)
    stand.yard.run("--quiet", "sweep")
    stand.due(minutes=1)
    early = len(stand.runs)

    stand.yard.later(days=10)
    stand.prints(stand.made(90))
    stand.yard.run("--quiet", "sweep")
    stand.due(minutes=1)

    assert (early, len(stand.runs)) == (1, 2)
    assert (stand.yard.state(), stand.yard.rotation.automatic) == (State.GRACE, True)


def test_no_value_is_on_the_disk_but_in_its_place(stand: Stand, tmp_path: Path) -> None:
    stand.file.unlink()
    stand.yard.run("--quiet", "sweep")
    stand.prints(NEW_KEY + stand.made(90, key=OTHERS))

    stand.begin("--now")

    canary = NEW_KEY.splitlines()[1].encode()
    holding = [one.name for one in tmp_path.rglob("*") if one.is_file() and canary in one.read_bytes()]
    assert holding == ["new.pem"]


def test_what_only_its_program_gave_up_is_begun_again_after_a_day(stand: Stand) -> None:
    stand.begin("--now")
    stand.configure('[[rules]]\nmatch = { kind = "certificate" }\nrotate = "auto"\n')
    stand.yard.later(days=75)
    stand.yard.run("--quiet", "sweep")
    stand.prints("no certificate")
    stand.due(minutes=1)
    assert stand.yard.state() is State.ABORTED

    stand.due(hours=20)
    early = len(stand.runs)
    stand.prints(stand.made(90))
    stand.yard.later(hours=5)
    stand.yard.run("--quiet", "sweep")
    stand.due(minutes=1)

    assert (early, len(stand.runs), stand.yard.state()) == (2, 3, State.GRACE)


def test_one_that_has_ended_is_renewed_by_rule_too(stand: Stand) -> None:
    stand.begin("--now")
    stand.configure('[[rules]]\nmatch = { kind = "certificate" }\nrotate = "auto"\n')
    stand.yard.later(days=95)
    stand.prints(stand.made(90))
    stand.yard.run("--quiet", "sweep")

    stand.due(minutes=1)

    assert (len(stand.runs), stand.yard.state()) == (2, State.DONE)


def test_a_person_takes_it_back_while_the_old_one_has_not_ended(stand: Stand) -> None:
    before = stand.held()
    stand.begin()

    assert stand.yard.run("--quiet", "rollback", stand.yard.id) == 0
    stand.due(days=2)

    assert (stand.yard.state(), stand.held()) == (State.ROLLED_BACK, before)


def test_the_doctor_looks_whether_the_program_is_there(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    stand.yard.run("doctor")

    assert "of [[renewals]]" in capsys.readouterr().out
