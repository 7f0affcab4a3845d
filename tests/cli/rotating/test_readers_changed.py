"""Who reads a place is as the configuration says when its readers are told, and not as it said when it was planned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
