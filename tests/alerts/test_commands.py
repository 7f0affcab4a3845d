"""Every command that a message tells somebody to paste exists, with its options."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from credwatch.alerts import wording
from credwatch.cli import COMMANDS, Commands
from credwatch.rotation import guards, offers

SAID = sorted(
    {
        (found[1], found[2])
        for path in (*Path(wording.__file__).parent.glob("*.py"), Path(guards.__file__), Path(offers.__file__))
        for found in re.finditer(
            r"credwatch (\w+)((?: --[\w-]+| \{[^}]*\}| [\w-]+)*)[\"`]", path.read_text(encoding="utf-8")
        )
    }
)


def test_messages_name_commands() -> None:
    assert {"status", "show", "sweep", "doctor", "list", "ack"} <= {command for command, _ in SAID}


@pytest.mark.parametrize(("name", "rest"), SAID)
def test_a_command_that_is_said_can_be_pasted(name: str, rest: str) -> None:
    assert name in COMMANDS
    command = Commands().get_command(click.Context(click.Command("credwatch")), name)

    assert command is not None
    if isinstance(command, click.Group) and (word := re.match(r" ([a-z-]+)", rest)):
        command = command.get_command(click.Context(command), word[1])
        assert command is not None, f"{name}{word[0]}"
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"--[\w-]+", rest)) <= known
