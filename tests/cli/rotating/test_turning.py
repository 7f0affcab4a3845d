"""A static role of a database engine: Vault makes its password itself, and the old one ends in the same moment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credwatch.contract import Item, ProbeResult, Provider
from credwatch.model.rotating import Rotation, State, Turn
from credwatch.rotation.steps.preparing import CREATES
from credwatch.sandbox.story.reading import Reader
from tests.cli.rotating.yard import Yard

PLACE = "vault-prod:database/static-creds/app#password"
TABLE = 'static_roles = ["database"]\n'
IDENTITIES = '[rotate.identities]\nvault-prod = { auth = { token = "env:VAULT_TOKEN_OF_THE_WATCH" } }\n'
READER = '[[consumers]]\nname = "app"\nreads = "vault-prod:database/**"\nreload = { command = ["/bin/true"] }\n'


class Engine:
    """A database engine with one static role."""

    def __init__(self, yard: Yard) -> None:
        self.yard, self.vault = yard, yard.scene.vault
        self.vault.ask("update", "sys/mounts/database", {"type": "database"})
        body = {"db_name": "pg", "username": "app", "rotation_period": "86400s"}
        self.vault.ask("update", "database/static-roles/app", body)
        self.configure()
        yard.sweep()
        yard.later(minutes=5)

    def configure(self, more: str = READER) -> None:
        self.yard.configure(more, base=IDENTITIES)
        file = self.yard.folder / "credwatch.toml"
        text = file.read_text()
        file.write_text(text.replace('paths = ["kv/**"]\n', f'paths = ["kv/**"]\n{TABLE}'))

    def password(self) -> str:
        return str(self.vault.ask("read", "database/static-creds/app")["data"]["password"])

    def orders(self) -> int:
        asked = self.yard.scene.servers["vault"].requests
        return len([one for one in asked if one.method == "POST" and one.path.endswith("/rotate-role/app")])


@pytest.fixture
def engine(bare: Yard) -> Engine:
    return Engine(bare)


def test_it_is_watched_and_its_password_is_known_by_its_place(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.yard.run("show", PLACE)

    said = capsys.readouterr().out
    assert "Vault static role" in said
    assert engine.password() not in said


def test_one_whose_password_was_not_made_in_time_is_overdue(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    def status() -> str:
        engine.yard.run("--quiet", "sweep")
        capsys.readouterr()
        engine.yard.run("list", "--json")
        (found,) = [one for one in json.loads(capsys.readouterr().out) if PLACE in json.dumps(one)]
        return str(found["status"])

    in_time = status()
    engine.yard.later(hours=25)

    assert (in_time, status()) == ("ok", "overdue")


def test_the_plan_says_that_there_is_no_way_back_and_changes_nothing(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = engine.password()

    assert engine.yard.run("rotate", PLACE, "--dry-run") == 0

    said = capsys.readouterr().out
    assert "write database/rotate-role/app: the old one ends in that moment" in said
    assert "cannot be undone" in said
    assert "lost          the old value, for everybody, in the moment in which the new one is made" in said
    assert "copy of" not in said
    assert (engine.password(), engine.orders()) == (before, 0)


def test_a_person_begins_it_and_it_is_seen_to_be_done(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    before = engine.password()

    assert engine.yard.run("rotate", PLACE, "--yes") == 0

    assert (engine.yard.state(), engine.orders(), engine.yard.rotation.told) == (State.DONE, 1, frozenset({"app"}))
    assert engine.password() != before
    said = capsys.readouterr().out
    assert "is complete: its store made a new one, the old one ended with that." in said
    assert "refused" not in said


def test_nobody_else_begins_it(engine: Engine) -> None:
    engine.configure('[[rules]]\nmatch = { kind = "vault-static-role" }\nrotate = "auto"\nrotate_at = "90d"\n')
    engine.yard.run("--quiet", "sweep")
    engine.yard.run("--quiet", "rotate", "--due")

    assert (engine.orders(), engine.yard.rotations()) == (0, ())


@pytest.mark.parametrize("sent", [True, False], ids=["after it was told", "before"])
def test_a_process_that_died_is_gone_on_from_and_it_is_told_once_if_it_heard(engine: Engine, *, sent: bool) -> None:
    engine.yard.dies(PLACE, lambda turn: turn.to is State.CREATING)
    assert engine.yard.state() is State.CREATING
    if sent:
        engine.yard.later(seconds=1)
        engine.vault.ask("update", "database/rotate-role/app")

    for _ in range(3):
        engine.yard.later(minutes=2)
        engine.yard.run("--quiet", "rotate", "--due")

    assert (engine.yard.state(), engine.orders()) == (State.DONE, 0 if sent else 1)


def test_after_it_was_told_there_is_no_way_back(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.configure(READER.replace("/bin/true", "/bin/false"))
    engine.yard.run("--quiet", "rotate", PLACE, "--yes")
    assert engine.yard.state() is State.NEEDS_OPERATOR
    engine.yard.run("rotations", "show", engine.yard.id)
    offered = capsys.readouterr().out

    assert engine.yard.run("rollback", engine.yard.id) == 64
    assert "there is no way back" in capsys.readouterr().err
    assert "credwatch resume" in offered
    assert "credwatch rollback" not in offered
    assert "credwatch abort" not in offered
    engine.configure()
    assert engine.yard.run("--quiet", "resume", engine.yard.id) == 0
    assert engine.yard.state() is State.DONE


def test_its_message_offers_no_way_back_after_it_was_told(engine: Engine) -> None:
    def told(_: Rotation, turn: Turn) -> None:
        if turn.to is State.PROMOTED:
            engine.yard.run("--quiet", "deliver")

    with engine.yard.shop() as shop:
        engine.yard.begun(shop, said=told, place=PLACE)

    said = " ".join(line for one in Reader(engine.yard.scene.slack).news() for line in one.lines)
    assert "the new key is live; its readers are told" in said
    assert "rollback" not in said
    assert "the old key is revoked" not in said


def test_a_store_that_never_does_it_is_told_so_often_only(engine: Engine) -> None:
    role = engine.vault.ask("read", "database/static-creds/app")["data"]
    with engine.yard.shop() as shop:
        deaf = Deaf(shop.opened.named("vault-prod"))
        shop.opened.opened["vault-prod"] = deaf
        done = engine.yard.begun(shop, place=PLACE)

    assert (done.state, len(deaf.told)) == (State.NEEDS_OPERATOR, CREATES)
    assert engine.password() == role["password"]


def test_what_it_needs_is_printed(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    turns = 'path "database/rotate-role/*" { capabilities = ["update"] }'

    engine.yard.run("doctor", "--policy", "vault-prod")
    watches = capsys.readouterr().out
    engine.yard.run("doctor", "--policy", "vault-prod", "--rotate")

    assert 'path "database/static-roles" { capabilities = ["list"] }' in watches
    assert turns not in watches
    assert turns in capsys.readouterr().out


class Deaf:
    """A connection that hears each order and does nothing."""

    def __init__(self, provider: Provider) -> None:
        self.name = provider.name
        self.told: list[str] = []
        self._provider = provider

    def check(self) -> ProbeResult:
        return self._provider.check()

    def turn(self, item: Item) -> None:
        self.told.append(item.locator)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)


@pytest.fixture
def deaf(engine: Engine) -> Engine:
    """Its store was told as often as may be, and did nothing."""
    with engine.yard.shop() as shop:
        shop.opened.opened["vault-prod"] = Deaf(shop.opened.named("vault-prod"))
        assert engine.yard.begun(shop, place=PLACE).state is State.NEEDS_OPERATOR
    engine.yard.later(minutes=5)
    return engine


def test_gone_on_with_by_a_person_it_is_told_once_more(deaf: Engine) -> None:
    before = deaf.password()

    assert deaf.yard.run("--quiet", "resume", deaf.yard.id) == 0

    assert (deaf.yard.state(), deaf.orders()) == (State.DONE, 1)
    assert deaf.password() != before


@pytest.mark.parametrize("late", [False, True], ids=["nothing came", "it came late"])
def test_given_up_by_a_person_it_ends_as_it_is_seen(
    deaf: Engine, capsys: pytest.CaptureFixture[str], *, late: bool
) -> None:
    deaf.yard.run("rotations", "show", deaf.yard.id)
    assert f"`credwatch abort {deaf.yard.id}`" in capsys.readouterr().out
    if late:
        deaf.vault.ask("update", "database/rotate-role/app")
    before = deaf.password()

    assert deaf.yard.run("--quiet", "abort", deaf.yard.id) == 0

    assert (deaf.yard.state(), deaf.password()) == (State.DONE if late else State.ABORTED, before)


def test_given_up_by_a_person_it_ends_also_where_its_role_is_gone(deaf: Engine) -> None:
    deaf.vault.ask("delete", "sys/mounts/database")

    deaf.yard.run("--quiet", "abort", deaf.yard.id)

    assert deaf.yard.state() is State.ABORTED
