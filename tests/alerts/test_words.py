from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.alerts.mrkdwn import blocks, render
from credwatch.alerts.wording.incident import incident
from credwatch.alerts.wording.names import head_tail, label, left, length, title, whose
from credwatch.alerts.words import HEAD, MOST_LINES, Code, Link, When, Words, compose
from credwatch.ledger.outbox import Key
from tests.alerts.stories import DAY, DEAD, KEY, MINUTE, NOW, STORY


@pytest.mark.parametrize(
    ("public", "short"),
    [
        ("SK000000000000000000000000000041d2", "SK…41d2"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA…MPLE"),
        ("b1946ac9-0000-4000-8000-000000000001", "b1946ac9"),
        ("w-1", "w-1"),
    ],
)
def test_of_a_public_id_only_the_ends_are_shown(public: str, short: str) -> None:
    assert head_tail(public) == short


@pytest.mark.parametrize(
    ("key", "named"),
    [
        (KEY, '"tts-prod"'),
        (replace(KEY, name="", key_id="b1946ac9-0000-4000-8000-000000000001"), "b1946ac9"),
        (replace(KEY, name=""), "ELEVENLABS_API_KEY"),
        (replace(KEY, name="", places=()), "c-7k2m"),
    ],
)
def test_a_key_without_a_name_is_called_by_the_best_that_is_known(key: Key, named: str) -> None:
    assert label(key) == named


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (timedelta(days=1153), "3 years"),
        (timedelta(days=3, hours=23), "3 days"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=-5), "0 minutes"),
    ],
)
def test_lengths_are_rounded_down(of: timedelta, words: str) -> None:
    assert length(of) == words


@pytest.mark.parametrize(
    ("remaining", "words"), [(3 * DAY - 15 * MINUTE, "3 days"), (DAY, "24 hours"), (3 * DAY, "3 days")]
)
def test_what_is_just_below_three_days_is_three_days(remaining: timedelta, words: str) -> None:
    assert left(NOW + remaining, NOW) == words


@pytest.mark.parametrize(("name", "possessive"), [("Deepgram", "Deepgram's"), ("ElevenLabs", "ElevenLabs'")])
def test_what_belongs_to_a_vendor_is_written_as_people_write_it(name: str, possessive: str) -> None:
    refused = replace(STORY, keys=(replace(DEAD, vendor_name=name),))

    assert whose(name) == possessive
    assert f"{possessive} audit log would say." in incident(refused, NOW).plainly()


@pytest.mark.parametrize(
    ("places", "do"),
    [
        (1, "Do: make a new key at ElevenLabs, put it there, then `credwatch sweep v`"),
        (2, "Do: make a new key at ElevenLabs, put it into both places, then `credwatch sweep v`"),
        (3, "Do: make a new key at ElevenLabs, put it into all 3 places, then `credwatch sweep v`"),
        (0, "Do: `credwatch show c-7k2m`"),
    ],
)
def test_what_to_do_counts_the_places(places: int, do: str) -> None:
    key = replace(DEAD, places=tuple(f"v:p/{number}" for number in range(places)))

    assert do in incident(replace(STORY, keys=(key,)), NOW).plainly().split("\n")


def test_a_first_line_never_exceeds_120_characters() -> None:
    words = incident(replace(STORY, keys=(replace(DEAD, name="x" * 500, vendor_name="y" * 500),)), NOW)

    assert len(words.text) == HEAD


def test_more_lines_than_twelve_become_a_number_and_a_command() -> None:
    words = compose(("head",), [(f"line {n}",) for n in range(30)], reference="cw-1", rest="credwatch status")

    assert len(words.plainly().split("\n")) == MOST_LINES
    assert words.plainly().split("\n")[-2] == "21 more lines: `credwatch status`"


def test_a_time_is_shown_in_each_readers_own_zone_with_utc_to_fall_back_on() -> None:
    assert render((When(NOW),)) == "<!date^1795192680^{date_short_pretty} {time}|Fri 20 Nov 16:38 UTC>"


@pytest.mark.parametrize(
    ("span", "markup"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("*bold* ~gone~", "∗bold∗ ∼gone∼"),
        ("one\ntwo\x00\u202e\u200bend", r"one\ntwo\x00\u202e\u200bend"),
        ("_slanted_ DEEPGRAM_API_KEY _", "ˍslantedˍ DEEPGRAM_API_KEY ˍ"),
        (":fire: vault-prod:kv/voice 10:30", "∶fire: vault-prod:kv/voice 10:30"),
        (Code("a`b<c"), "`a'b&lt;c`"),
        (Link("https://x.example/?a=1&b=2|y", "Run>book"), "<https://x.example/?a=1&amp;b=2%7Cy|Run&gt;book>"),
    ],
)
def test_a_hostile_name_is_only_text_in_slack(span: str | Code | Link, markup: str) -> None:
    assert render((span,)) == markup


def test_blocks_stay_within_slacks_limit() -> None:
    words = Words(("head",), tuple(("<" * 300,) for _ in range(10)), "cw-1")

    assert all(len(block["text"]["text"]) <= 3000 for block in blocks(words) if "text" in block)


def test_a_title_names_the_kind_and_the_key() -> None:
    assert title(KEY) == 'ElevenLabs key "tts-prod"'
