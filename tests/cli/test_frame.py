"""The frame around all commands: help, wrong words, exit codes, completion, and a reader that leaves."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from credwatch.cli import COMMANDS, main

PROGRAM = (sys.executable, "-m", "credwatch")


def run(
    folder: Path, *words: str, program: tuple[str, ...] = PROGRAM, **environ: str
) -> subprocess.CompletedProcess[str]:
    """A process that knows nothing of this one's environment."""
    return subprocess.run(
        [*program, *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--help"])
    listed = capsys.readouterr().out.partition("Commands:")[2]

    assert code == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(name: str) -> None:
    command = getattr(importlib.import_module(f"credwatch.cli.{COMMANDS[name][0]}"), f"{name}_command")

    assert isinstance(command, click.Command)
    assert command.name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: credwatch {name} ")


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("swep", "there is no command 'swep'. Did you mean sweep?"),
        ("statsu", "there is no command 'statsu'. Did you mean status?"),
        ("xyzzy", "there is no command 'xyzzy'. credwatch --help lists the commands."),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(
    word: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([word])

    assert (code, capsys.readouterr().err.splitlines()[-1]) == (64, f"Error: {answer}")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--version",), 0),
        ((), 64),
        (("--colour",), 64),
        (("sweep", "--colour"), 64),
        (("config",), 64),
        (("--config", "absent.toml", "config", "check"), 78),
        (("--config", "absent.toml", "status"), 78),
        (("--config", "wrong.toml", "sweep"), 78),
        (("--config", "right.toml", "status"), 74),
    ],
)
def test_each_end_has_its_exit_code(words: tuple[str, ...], code: int, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("[daemon]\ndata = 5\n")
    (tmp_path / "right.toml").write_text(f'[daemon]\ndata = "{tmp_path}/data"\n')

    assert run(tmp_path, *words).returncode == code


def test_an_error_is_one_line_that_ends_with_what_to_do(tmp_path: Path) -> None:
    asked = run(tmp_path, "--config", "absent.toml", "doctor")

    assert (asked.stdout, asked.stderr) == (
        "",
        "credwatch: absent.toml: there is no such file. Write one with `credwatch init`.\n",
    )


def test_the_shell_is_given_its_completion(tmp_path: Path) -> None:
    program = (str(Path(sys.executable).with_name("credwatch")),)
    script = run(tmp_path, program=program, _CREDWATCH_COMPLETE="bash_source")
    offered = run(
        tmp_path, program=program, _CREDWATCH_COMPLETE="bash_complete", COMP_WORDS="credwatch s", COMP_CWORD="1"
    )

    assert "_credwatch_completion()" in script.stdout
    assert offered.stdout.split() == ["plain,sweep", "plain,status", "plain,show", "plain,snooze"]


@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}])
@pytest.mark.parametrize("words", [("--help",), ("init", "slack-app"), ("doctor", "--egress")])
def test_a_reader_that_leaves_ends_it_without_a_word(
    words: tuple[str, ...], buffering: dict[str, str], tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    asked = subprocess.run(
        [*PROGRAM, *words],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **buffering},
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)

    assert (asked.returncode, asked.stderr) == (130, b"")


@pytest.mark.parametrize("words", [("--help",), ("init", "slack-app"), ("doctor", "--egress")])
def test_an_output_on_a_full_disk_is_said_in_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        asked = subprocess.run(
            [*PROGRAM, *words],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    said = b"credwatch: the output cannot be written: No space left on device. Make room, or send it elsewhere\n"
    assert (asked.returncode, asked.stderr) == (3, said)


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        ("1", ("doctor", "--egress"), 0),
        ("2", ("--help",), 0),
        ("2", ("swep",), 64),
        ("0 1 2", ("doctor", "--egress"), 0),
        ("0 1 2", ("--config", "absent.toml", "status"), 78),
    ],
)
def test_who_closed_a_stream_hears_nothing_and_is_answered_all_the_same(
    closed: str, words: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    closing = " ".join(f"{number}>&-" for number in closed.split())
    asked = run(tmp_path, *words, program=("sh", "-c", f'exec "$0" -m credwatch "$@" {closing}', sys.executable))

    assert (asked.returncode, "Traceback" in asked.stderr) == (code, False)


def test_a_sign_that_the_terminal_does_not_have_is_written_as_its_number(tmp_path: Path) -> None:
    name = "schlüssel.env"
    (tmp_path / name).write_text("A=1\n", encoding="utf-8")

    asked = run(tmp_path, "check", name, PYTHONIOENCODING="ascii")

    assert (asked.returncode, asked.stdout.partition(":")[0]) == (0, "schl\\xfcssel.env")


INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.{handler})

class Person:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Person())
from credwatch.__main__ import run
run()
"""


def test_who_is_interrupted_while_it_loads_ends_without_a_word(tmp_path: Path) -> None:
    done = run(tmp_path, program=(sys.executable, "-c", INTERRUPTED.format(handler="default_int_handler")))

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_who_was_told_to_hear_no_interrupt_hears_none(tmp_path: Path) -> None:
    done = run(tmp_path, "--version", program=(sys.executable, "-c", INTERRUPTED.format(handler="SIG_IGN")))

    assert (done.returncode, done.stderr) == (0, "")
