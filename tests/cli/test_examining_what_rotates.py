"""doctor --rotate: each login that writes is let in, or is said. Without it none of them is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.sandbox.keys import State
from tests.cli.test_doctor import Stack, furnished, rows

LOGIN = "login of what rotates"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with furnished(tmp_path, monkeypatch) as made:
        made.text += '\n[rotate.identities]\ndeepgram = { admin = "env:DEEPGRAM_ROTATOR" }\n'
        yield made


def said(out: str) -> list[tuple[str, str]]:
    """What is said of who writes, and whether that is well."""
    table = [row if row[0] else row[1:] for row in rows(out)]
    return [(row[-1], row[-2]) for row in table if LOGIN in row]


def test_who_writes_is_tried(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rotator = stack.scene.deepgram.issue("rotator", "p-1")
    rotator.admin = True
    monkeypatch.setenv("DEEPGRAM_ROTATOR", rotator.value)

    assert stack.doctor("--rotate") == 0
    assert [ok for _, ok in said(capsys.readouterr().out)] == ["ok"]


def test_one_that_is_refused_is_wrong_and_its_line_is_named(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rotator = stack.scene.deepgram.issue("rotator", "p-1")
    rotator.state = State.DELETED
    monkeypatch.setenv("DEEPGRAM_ROTATOR", rotator.value)

    assert stack.doctor("--rotate") == 1
    out = capsys.readouterr().out
    assert [ok for _, ok in said(out)] == ["WRONG"]
    assert "mend its line in [rotate.identities]: deepgram" in out


def test_a_secret_that_is_not_here_is_wrong_where_it_was_asked_for(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.doctor("--rotate") == 1
    assert "DEEPGRAM_ROTATOR" in capsys.readouterr().out


def test_unasked_it_is_left_alone(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.doctor() == 0
    assert LOGIN not in capsys.readouterr().out


def test_who_rotates_nowhere_is_told_so(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.doctor("vault-prod", "--rotate") == 78
    assert "[rotate.identities] must name vault-prod" in capsys.readouterr().err


def test_nothing_that_may_change_something_is_sent(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    rotator = stack.scene.deepgram.issue("rotator", "p-1")
    rotator.admin = True
    monkeypatch.setenv("DEEPGRAM_ROTATOR", rotator.value)

    assert stack.doctor("deepgram", "--rotate") == 0
    assert {line.method for line in stack.scene.servers["deepgram"].requests} == {"GET"}
