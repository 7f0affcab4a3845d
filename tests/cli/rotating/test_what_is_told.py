"""What Slack says of a rotation, as the on-call reads it at night."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credwatch.model import Facts
from credwatch.model.rotating import Rotation, State, Turn
from credwatch.rotation.stops import named
from credwatch.sandbox.keys import State as Condition
from credwatch.sandbox.story.reading import Heard, Reader
from tests.cli.rotating.yard import EU, PROD, Yard


def heard(yard: Yard) -> list[Heard]:
    """All that stands in Slack of rotations."""
    yard.run("--quiet", "deliver")
    return [one for one in Reader(yard.scene.slack).news() if "otation of" in one.lines[0] or one.how == "reply"]


def thread(yard: Yard) -> list[str]:
    return [one.lines[0] for one in heard(yard) if one.channel == "#credentials" and one.how == "reply"]


def message(yard: Yard, channel: str = "#credentials") -> tuple[str, ...]:
    (found,) = (one.lines for one in heard(yard) if one.channel == channel and one.how == "post")
    return found


def stopped(yard: Yard, happens: Callable[[Yard], None]) -> tuple[str, ...]:
    """The message of a rotation in the middle of which this happened."""

    def meanwhile(_: Rotation, turn: Turn) -> None:
        if turn.to is State.VERIFIED:
            happens(yard)

    with yard.shop() as shop:
        yard.begun(shop, said=meanwhile)
    assert yard.state() is State.NEEDS_OPERATOR
    return message(yard, "#voice-oncall")


def somebody_writes(yard: Yard) -> None:
    yard.put("prod", yard.issue("theirs"))


def somebody_writes_a_dead_one(yard: Yard) -> None:
    theirs = yard.issue("theirs")
    theirs.state = Condition.DELETED
    yard.put("prod", theirs)


def somebody_writes_one_that_is_throttled(yard: Yard) -> None:
    theirs = yard.issue("theirs")
    theirs.state = Condition.RATE_LIMITED
    yard.put("prod", theirs)


def somebody_empties_it(yard: Yard) -> None:
    yard.scene.put("voice/prod", DEEPGRAM_API_KEY="", OTHER="kept")


def complete(yard: Yard) -> Rotation:
    yard.run("--quiet", "rotate", PROD, "--yes", "--reason", "90 days")
    yard.run("--quiet", "deliver")
    yard.later(hours=24)
    yard.run("--quiet", "rotate", "--due")
    yard.run("--quiet", "deliver")
    yard.run("--quiet", "rotations", "revoke", yard.id)
    return yard.rotation


def test_a_line_for_each_step_and_none_for_a_place_of_several(yard: Yard) -> None:
    def delivered(_: Rotation, turn: Turn) -> None:
        if turn.to is State.CREATED:
            yard.run("--quiet", "deliver")

    with yard.shop() as shop:
        yard.begun(shop, said=delivered)
    yard.later(hours=24)
    yard.run("--quiet", "rotate", "--due")
    yard.run("--quiet", "rotations", "revoke", yard.id)
    old = str(yard.rotation.old.key_id)[:8]

    assert thread(yard) == [
        "stored and tried",
        "live in 2 of 2 places",
        "voice-agent was told",
        "both keys live until Sat 21 Nov 16:41 UTC",
        f"May the old key {old} be revoked? `credwatch rotations revoke {yard.id}`",
        f"the old key {old} is revoked",
        "the new one works from every place, the old one is refused",
    ]


def test_at_the_end_the_message_says_what_was_done_and_asks_nothing(yard: Yard) -> None:
    rotation = complete(yard)
    new, old = str(rotation.new.key_id)[:8], str(rotation.old.key_id)[:8]

    head, *rest = message(yard)
    assert head == (
        'Rotation of Deepgram key "voice-prod" is complete: the new one works from every place, the old one is refused'
    )
    done = f"Done: made {new} 16:41 UTC · stored and tried 16:41 UTC · live in 2 of 2 places 16:41 UTC"
    assert rest == [
        f"{done} · voice-agent was told 16:41 UTC · the old key {old} is revoked 16:41 UTC · proved 16:41 UTC",
        'asked for by ana: "90 days"',
        yard.id,
    ]


def test_a_stop_says_why_what_is_true_what_to_paste_and_whether_it_can_wait(yard: Yard) -> None:
    said = stopped(yard, somebody_writes)
    old, new = str(yard.rotation.old.key_id)[:8], str(yard.rotation.new.key_id)[:8]

    impact = "Nothing is broken: each place works. A person must choose"
    assert said == (
        f'Stopped: rotation of Deepgram key "voice-prod". {impact} · @voice-oncall',
        f"Why: `{PROD}` was changed by somebody: it holds a third key, version 2. We did not write over it.",
        f"True now (read 16:41 UTC; at deepgram: old {old} alive · new {new} alive):",
        f"`{EU}` · version 2 · new key ({new}), works",
        f"`{PROD}` · version 2 · a third key (unknown to us), works",
        "Choose one:",
        f"their change was a mistake: `credwatch resume {yard.id} --overwrite {PROD}@2`",
        f"their change stays: `credwatch resume {yard.id} --leave {PROD}` (the old key is then kept)",
        f"undo ours: `credwatch rollback {yard.id}`",
        "It can wait until morning: no key ends before 20 Dec. Reminder in 24 h.",
        yard.id,
    )


@pytest.mark.parametrize(
    ("happens", "impact", "waits"),
    [
        pytest.param(somebody_writes, "Nothing is broken", "It can wait until morning", id="works"),
        pytest.param(somebody_writes_a_dead_one, "A key that is in use is refused", "It cannot wait", id="refused"),
        pytest.param(somebody_empties_it, "A key that is in use is refused", "It cannot wait", id="empty"),
        pytest.param(somebody_writes_one_that_is_throttled, "We cannot tell", "Look first", id="cannot tell"),
    ],
)
def test_refused_and_cannot_tell_are_never_one(
    yard: Yard, happens: Callable[[Yard], None], impact: str, waits: str
) -> None:
    head, *_, last, _name = stopped(yard, happens)

    assert f". {impact}" in head
    assert last.startswith(waits)


def test_an_end_that_is_near_is_named(yard: Yard) -> None:
    yard.old.expires = yard.later(hours=3)
    yard.later(hours=-3)
    said = stopped(yard, somebody_writes)

    assert said[-2] == "It can wait until Fri 20 Nov 19:41 UTC: then a key ends. Reminder in 24 h."


def test_of_many_places_those_that_need_a_look_are_shown_and_every_command_has_room(yard: Yard) -> None:
    for name in ("a", "b", "c", "d"):
        yard.put(name, yard.old)
    yard.sweep()
    said = stopped(yard, somebody_writes)

    assert f"`{PROD}` · version 2 · a third key (unknown to us), works" in said
    assert (
        f"5 other places, each with the old or the new key, which works: `credwatch rotations show {yard.id}`" in said
    )
    assert f"undo ours: `credwatch rollback {yard.id}`" in said
    assert len(said) <= 12


def test_when_somebody_has_chosen_the_page_says_who_and_what(yard: Yard) -> None:
    stopped(yard, somebody_writes)
    yard.run("--quiet", "resume", yard.id, "--overwrite", f"{PROD}@2")

    head, chosen, why, _name = message(yard, "#voice-oncall")
    assert head.startswith('Resolved: rotation of Deepgram key "voice-prod" waits for nobody any more (')
    assert chosen == f"Chosen by ana: overwrite {PROD}@2"
    assert why.startswith(f"It had stopped: `{PROD}` was changed by somebody")


def test_taken_back_it_says_which_key_is_there_again(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    yard.run("--quiet", "rollback", yard.id)
    yard.later(hours=24)
    yard.run("--quiet", "rotate", "--due")

    assert thread(yard)[-2:] == [
        "back; the new key is kept for its readers",
        f"rolled back: every place holds the old key {str(yard.old.id)[:8]} again",
    ]


def test_where_nobody_reads_it_that_is_said(yard: Yard) -> None:
    yard.configure("")
    yard.run("--quiet", "rotate", PROD, "--yes")

    assert "no reader is configured, so nobody was told to load it" in " ".join(message(yard))


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (Facts(key_id="b1946ac9-2222-4000-8000-000000000001"), "b1946ac9"),
        (Facts(key_id="AKIAQ3EGABCDEFGH3XYZ"), "AKIA…3XYZ"),
        (Facts(key_id="SK0123456789abcdef0123456789ab41d2"), "SK…41d2"),
        (Facts(name="voice-prod"), "voice-pr"),
        (Facts(), "?"),
    ],
)
def test_two_keys_of_one_account_are_told_apart(key: Facts, shown: str) -> None:
    assert named(key) == shown


def test_what_is_done_again_after_a_persons_choice_is_told_again(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    yard.later(hours=2)
    somebody_writes(yard)
    yard.run("--quiet", "rotate", "--due")
    yard.run("--quiet", "resume", yard.id, "--overwrite", f"{PROD}@3")

    lines = thread(yard)

    assert "both keys live until Sat 21 Nov 18:41 UTC" in lines
    assert "voice-agent was told" in lines


def test_a_key_that_a_rotation_made_is_called_as_the_one_that_it_replaced(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(yard)
    yard.later(days=1)
    yard.sweep()
    capsys.readouterr()
    yard.run("show", PROD)
    assert capsys.readouterr().out.startswith('Deepgram key "voice-prod" · ')

    yard.run("--quiet", "rotate", PROD, "--yes")
    (head,) = [one.lines[0] for one in heard(yard) if one.how == "post" and "the old one is kept until" in one.lines[0]]
    assert head == (
        'Rotation of Deepgram key "voice-prod": the new key is live; the old one is kept until Mon 23 Nov 16:41 UTC'
    )


@pytest.mark.parametrize("choice", [("rollback",), ("resume", "--leave", PROD)])
def test_taken_back_it_is_not_said_of_a_place_that_a_person_kept(
    yard: Yard, capsys: pytest.CaptureFixture[str], choice: tuple[str, ...]
) -> None:
    command, *words = choice
    yard.run("--quiet", "rotate", PROD, "--yes")
    somebody_writes(yard)
    yard.later(hours=2)
    yard.run("--quiet", "rotate", "--due")
    yard.run("--quiet", "deliver")
    yard.run("--quiet", command, yard.id, *words)
    yard.run("--quiet", "rollback", yard.id)
    yard.later(hours=25)
    capsys.readouterr()
    yard.run("rotate", "--due")

    again = f"rolled back: every place holds the old key {str(yard.old.id)[:8]} again"
    assert thread(yard)[-1].startswith(f"{again}, but {PROD[:30]}")
    assert "its places hold the old key" not in " ".join(message(yard))


def test_taken_back_at_once_the_terminal_says_which_place_a_person_kept(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes", "--now")
    somebody_writes(yard)
    yard.run("--quiet", "rollback", yard.id)
    capsys.readouterr()
    yard.run("rollback", yard.id)

    assert f"its places hold the old key again, but {PROD}, as a person left it." in capsys.readouterr().out


def test_taken_back_after_it_was_overwritten_a_place_holds_what_a_person_wrote(yard: Yard) -> None:
    stopped(yard, somebody_writes)
    yard.run("--quiet", "resume", yard.id, "--overwrite", f"{PROD}@2")
    yard.run("--quiet", "deliver")
    yard.run("--quiet", "rollback", yard.id)
    yard.later(hours=25)
    yard.run("--quiet", "rotate", "--due")

    assert f"again, but {PROD[:30]}" in thread(yard)[-1]
