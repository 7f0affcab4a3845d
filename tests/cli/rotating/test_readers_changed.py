"""Who reads a place is as the configuration says when its readers are told, and not as it said when it was planned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from credwatch.model import Revoke
from credwatch.model.rotating import State, Trouble
from tests.cli.rotating.yard import PROD, Yard


def reader(name: str, command: list[str]) -> str:
    return f'[[consumers]]\nname = "{name}"\nreads = "vault-prod:kv/voice/*"\nreload = {{ command = {json.dumps(command)} }}\n'


@pytest.fixture
def unheard(yard: Yard) -> Yard:
    """Its only reader could not be told."""
    yard.configure(reader("agent", ["/bin/false"]))
    yard.run("--quiet", "rotate", PROD, "--yes")
    assert (yard.state(), yard.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.HOOK)
    return yard


def test_a_reader_that_was_called_otherwise_meanwhile_is_told(unheard: Yard, tmp_path: Path) -> None:
    told = tmp_path / "told"
    unheard.configure(reader("voice-agent", ["/usr/bin/touch", str(told)]))

    assert unheard.run("--quiet", "resume", unheard.id) == 0

    assert (unheard.state(), told.exists()) == (State.GRACE, True)
    assert unheard.rotation.told == {"voice-agent"}


def test_a_reader_that_is_none_any_more_holds_nothing_up(unheard: Yard) -> None:
    unheard.configure("")

    assert unheard.run("--quiet", "resume", unheard.id) == 0

    assert (unheard.state(), unheard.rotation.told) == (State.GRACE, frozenset())


def shows(name: str, item: str, page: Path) -> str:
    return f'[[consumers]]\nname = "{name}"\nreads = "vault-prod:kv/voice/{item}#*"\nproof = "{page}"\n'


@pytest.mark.parametrize(("gone", "state"), [(False, State.DONE), (True, State.CONFIRMING)])
def test_where_the_reader_of_a_place_is_no_longer_configured_the_others_prove_nothing_for_it(
    yard: Yard, tmp_path: Path, *, gone: bool, state: State
) -> None:
    page = tmp_path / "page"
    eu, prod = shows("agent-eu", "eu", page), shows("agent", "prod", page)
    yard.configure(eu + prod)
    with yard.shop() as shop:
        new = yard.begun(shop, revoke=Revoke.PROVED).new
    page.write_text(f"key {new.key_id}\n")
    yard.configure(eu if gone else eu + prod)

    yard.later(hours=25)
    yard.run("--quiet", "rotate", "--due")

    assert (yard.state(), yard.old.value in yard.alive()) == (state, gone)
