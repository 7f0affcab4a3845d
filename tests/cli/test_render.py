"""How answers look: on a terminal, piped, and as JSON."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from credwatch.cli.phrases import at, coming, date, remaining, since, title
from credwatch.cli.render import Column, document, documents, table, wrapped
from credwatch.ledger.queries.ahead import Named

NOW = datetime(2026, 11, 20, 16, 41, tzinfo=UTC)
COLUMNS = [Column("place", 8), Column("ms", 4, right=True), Column("owner")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_piped_cells_stand_under_each_other_and_a_long_one_is_not_cut() -> None:
    out = io.StringIO()

    count = table(COLUMNS, [("a:b", "95", "voice"), ("a:very/long#KEY", "143", "")], out)

    assert (count, out.getvalue()) == (2, "place       ms  owner\na:b         95  voice\na:very/long#KEY   143\n")


def test_rows_are_written_as_they_come() -> None:
    out = io.StringIO()
    seen: list[int] = []

    def rows() -> list[tuple[str, str, str]]:
        seen.append(len(out.getvalue()))
        return [("a", "1", "b")]

    table(COLUMNS, (row for _ in range(3000) for row in rows()), out)

    assert seen[-1] > 0


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["piped", "on a terminal"])
def test_a_name_is_shown_and_obeyed_by_nobody(out: io.StringIO) -> None:
    table([Column("name", 40)], [("[red]x\x1b[2J\u202e[/red] :smile:",)], out)

    assert "[red]x\\x1b[2J\\u202e[/red] :smile:" in out.getvalue()


def test_a_table_too_long_for_a_terminal_is_printed_plainly() -> None:
    out = Terminal()

    count = table([Column("n", 4)], ((str(number),) for number in range(2000)), out)

    assert (count, out.getvalue().splitlines()[2000]) == (2000, "1999")


def test_lines_break_between_facts_and_never_within_one() -> None:
    facts = ["a" * 60, "b" * 60, "c" * 130]

    assert list(wrapped("head  ", facts)) == ["head  " + "a" * 60, "      " + "b" * 60, "      " + "c" * 130]


def test_json_keeps_names_exactly_and_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    document({"name": "x\x1b\u202e", "at": NOW, "left": timedelta(minutes=1)})

    said = capsys.readouterr().out
    assert said.isascii()
    assert json.loads(said) == {"name": "x\x1b\u202e", "at": "2026-11-20T16:41:00+00:00", "left": 60.0}


@pytest.mark.parametrize("members", [[], [1], [1, 2]])
def test_a_list_is_a_list_however_long(capsys: pytest.CaptureFixture[str], members: list[int]) -> None:
    documents(members)

    assert json.loads(capsys.readouterr().out) == members


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (at(NOW.replace(hour=8, minute=5), NOW), "08:05"),
        (at(NOW - timedelta(days=1), NOW), "19 Nov 16:41"),
        (since(NOW - timedelta(hours=30), NOW), "19 Nov 10:41"),
        (since(NOW - timedelta(days=6), NOW), "14 Nov"),
        (date(NOW - timedelta(days=400), NOW), "16 Oct 2025"),
        (coming(datetime(2026, 12, 4, tzinfo=UTC), NOW), "Fri  4 Dec"),
        (coming(datetime(2028, 12, 4, tzinfo=UTC), NOW), "Mon  4 Dec 2028"),
        (remaining(NOW + timedelta(days=29, hours=23), NOW), "29 d"),
        (remaining(NOW + timedelta(hours=23, minutes=59), NOW), "23 h"),
        (remaining(NOW + timedelta(seconds=119), NOW), "1 min"),
        (remaining(NOW - timedelta(days=1), NOW), "0 min"),
    ],
)
def test_times_in_words_lengths_rounded_down(said: str, words: str) -> None:
    assert said == words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (Named("c-1", "k", "Deepgram key", "Deepgram", "voice-prod", "b1946ac9-0000"), 'Deepgram key "voice-prod"'),
        (
            Named("c-1", "k", "Twilio API key", "Twilio", "", "SK00000000000000000000000000abcd"),
            "Twilio API key SK…abcd",
        ),
        (Named("c-1", "k", "Deepgram key", "Deepgram", place="vault:kv/a#KEY"), "Deepgram key KEY"),
        (Named("c-1", "k", "Deepgram key", "Deepgram"), "Deepgram key c-1"),
        (Named("c-1", "deadline", "deadline", "Deadline", "Contract ends"), "Contract ends"),
    ],
)
def test_what_a_key_is_called(key: Named, words: str) -> None:
    assert title(key) == words
