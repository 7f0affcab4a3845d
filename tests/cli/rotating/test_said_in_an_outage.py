"""What is said while a store does not answer, or not as it did: whether a word holds, and which place is meant."""

from __future__ import annotations

import pytest

from credwatch.cli.app import App
from credwatch.cli.rotating.going import going_on
from credwatch.ledger.locks import Lock
from credwatch.model.rotating import State
from credwatch.sandbox.keys import State as Condition
from credwatch.sandbox.server import Response
from tests.cli.rotating.yard import EU, PROD, Yard


@pytest.fixture
def silent(yard: Yard) -> Yard:
    """Both keys live, and the store answers nobody."""
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.scene.servers["vault"].before_each(lambda _: Response.json({}, 503))
    return yard


def test_that_the_old_key_may_go_holds_and_is_not_said_to_have_failed(
    silent: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert silent.run("rotations", "revoke", silent.id) == 69
    said = capsys.readouterr().err
    assert "that is written down and holds, but" in said
    assert "vault-prod: 503. The daemon tries again" in said
    assert silent.rotation.confirmed_by == "ana"


@pytest.mark.parametrize("command", ["rollback", "resume"])
def test_what_could_not_be_looked_at_first_was_not_decided(
    silent: Yard, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert silent.run(command, silent.id) == 69
    assert f"nothing was decided, {silent.id} stands as before: vault-prod: 503" in capsys.readouterr().err
    assert (silent.state(), silent.rotation.wish) == (State.GRACE, None)


def test_a_process_of_the_daemon_that_is_faster_goes_on_with_what_was_said(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    capsys.readouterr()
    app = App(yard.folder / "credwatch.toml", yard.environment, yard.clock)

    with yard.shop() as shop, Lock(yard.folder / "data", f"rotation-{yard.rotation.id}.lock"):
        assert going_on(app, shop, yard.rotation, as_json=False) == 0
    show = f"credwatch rotations show {yard.id}"
    assert capsys.readouterr().out == f"That is written down. Another process goes on with it now: {show}\n"


def test_a_key_that_only_a_person_could_delete_is_said_to_be_gone_by_the_word_that_is_named(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes", "--now")
    no = Response.json({"err_code": "INSUFFICIENT_PERMISSIONS", "err_msg": "No."}, 403)
    yard.scene.servers["deepgram"].before_each(lambda request: no if request.method == "DELETE" else None)
    yard.run("--quiet", "rotations", "revoke", yard.id)
    capsys.readouterr()

    assert yard.run("rotations", "revoke", yard.id) == 64
    assert f"Mended, or done by hand: credwatch resume {yard.id}" in capsys.readouterr().err
    yard.old.state = Condition.DELETED
    assert yard.run("--quiet", "resume", yard.id) == 0
    assert yard.state() is State.DONE


@pytest.mark.parametrize(
    ("status", "words", "way"),
    [
        pytest.param(404, "nothing is there any more", "credwatch sweep vault-prod", id="deleted"),
        pytest.param(403, "403", "credwatch doctor --rotate", id="forbidden"),
    ],
)
def test_a_place_that_is_not_shown_any_more_is_named_with_the_way_out(
    yard: Yard, status: int, words: str, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.scene.servers["vault"].before_each(
        lambda request: Response.json({"errors": []}, status) if "data/voice/eu" in request.path else None
    )

    assert yard.run("rotate", PROD, "--yes") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"Refused: {EU}: ")
    assert words in said
    assert said.endswith(way)


def test_what_does_not_answer_is_named(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.half_live()
    yard.run("rotations", "show", yard.id)

    assert yard.rotation.reason == "vault-prod: 503"
    assert f"{yard.id} · deepgram-api-key · verified: vault-prod: 503" in capsys.readouterr().out
