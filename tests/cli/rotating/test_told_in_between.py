"""What Slack says of a rotation in the middle: half of it live, on its way back, or let go by a person."""

from __future__ import annotations

import pytest

from credwatch.cli.rotating.telling import ended
from credwatch.ledger.queries.rotating import stop_of
from credwatch.sandbox.server import Response
from tests.cli.rotating.test_what_is_told import heard, message, somebody_writes, stopped, thread
from tests.cli.rotating.yard import CONSUMER, PROD, Yard


def test_where_a_person_let_the_old_key_go_nobody_is_asked_again(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    assert "it asks here before the old key is revoked" in " ".join(message(yard))

    yard.run("--quiet", "rotations", "revoke", yard.id)

    head, *rest = message(yard)
    assert head.endswith("the new key is live; the old one is kept until Sat 21 Nov 16:41 UTC")
    assert rest[1:3] == [
        "Then: the old key is revoked. ana said that it may go.",
        f"Back: `credwatch rollback {yard.id}` until it is revoked.",
    ]
    assert thread(yard) == ["ana said that the old key may go; both live until its grace is over"]


def test_live_in_one_of_two_places_it_is_rolled_back_and_not_aborted(yard: Yard) -> None:
    yard.half_live()
    yard.later(minutes=20)
    with yard.shop() as shop:
        lines, _ = ended(shop.ledger, yard.rotation, stopped=False)

    assert lines[-1] == f"Back: credwatch rollback {yard.id}"
    head, *rest = message(yard)
    assert head == 'Rotation of Deepgram key "voice-prod": the new key is live in a part of its places'
    assert f"Back: `credwatch rollback {yard.id}` until it is revoked." in rest
    assert (yard.run("abort", yard.id), yard.run("--quiet", "rollback", yard.id)) == (64, 0)


def ending(yard: Yard, days: int, more: str = CONSUMER) -> None:
    """The old key ends so soon."""
    yard.configure(more)
    old = yard.issue("short", days)
    yard.put("prod", old)
    yard.put("eu", old)
    yard.sweep()
    yard.run("--quiet", "rotate", PROD, "--yes")


def test_an_old_key_that_has_ended_meanwhile_is_not_said_to_end(yard: Yard) -> None:
    ending(yard, days=2)
    asked = []
    for hours in (25, 24):
        yard.later(hours=hours)
        yard.run("--quiet", "rotate", "--due")
        asked += [line for line in message(yard) if line.startswith("Do: ")]

    do = f"Do: `credwatch rotations revoke {yard.id}`"
    assert asked == [
        f"{do} If nobody answers, it ends by itself Sun 22 Nov 16:41 UTC.",
        f"{do} It has ended by itself Sun 22 Nov 16:41 UTC.",
    ]


def test_nobody_is_told_to_wait_until_a_time_that_has_passed(yard: Yard) -> None:
    ending(yard, 1, '[[consumers]]\nname = "x"\nreads = "vault-prod:kv/**"\nreload = { command = ["/bin/false"] }\n')
    said = [stop_of_last(yard)]
    yard.later(hours=26)
    yard.run("--quiet", "rotate", "--due")
    said.append(stop_of_last(yard))

    assert said == [
        "It can wait until Sat 21 Nov 16:41 UTC: then a key ends. Reminder in 24 h.",
        "It can wait until morning: no key ends before 20 Jan. Reminder in 24 h.",
    ]


def stop_of_last(yard: Yard) -> str:
    with yard.ledger() as ledger:
        return stop_of(ledger, yard.rotation.id)[-1]


def test_an_old_key_that_is_kept_for_a_place_that_was_left_is_not_asked_about(yard: Yard) -> None:
    stopped(yard, somebody_writes)
    yard.run("--quiet", "resume", yard.id, "--leave", PROD)

    _, _, then, back, *_ = message(yard)
    assert then == "Then: it is done, and the old key is kept, for a place was left to a person."
    assert back == f"Back: `credwatch rollback {yard.id}` until then."


def test_whether_many_places_can_wait_until_morning_is_said_however_much_can_be_chosen(yard: Yard) -> None:
    items = [f"x{number}" for number in range(6)]
    for item in items:
        yard.put(item, yard.old)
    yard.sweep()
    theirs = yard.issue("theirs")

    def somebody_writes_all(_: Yard) -> None:
        for item in items:
            yard.put(item, theirs)

    said = stopped(yard, somebody_writes_all)

    assert len(said) == 12
    assert said[-4:] == (
        f"11 more lines: `credwatch rotations show {yard.id}`",
        f"undo ours: `credwatch rollback {yard.id}`",
        "It can wait until morning: no key ends before 20 Dec. Reminder in 24 h.",
        yard.id,
    )


def test_as_long_as_it_goes_back_the_message_says_so_and_asks_for_nothing(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    message(yard)

    yard.run("--quiet", "rollback", yard.id)

    head, *rest = message(yard)
    assert head == 'Rotation of Deepgram key "voice-prod" goes back to the old key'
    assert not [line for line in rest if "asks" in line or "rollback" in line]
    assert rest[-3:] == [
        "Its readers were told; the new key is kept for them until Sat 21 Nov 16:41 UTC.",
        "asked for by ana",
        yard.id,
    ]
    assert thread(yard)[-3:] == [
        "it goes back, as ana says",
        "voice-agent was told to go back",
        "back; the new key is kept for its readers",
    ]


def test_a_way_back_that_is_held_up_is_told_at_once(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    message(yard)
    yard.scene.servers["vault"].before_each(
        lambda request: Response.json({}, 503) if "voice/" in request.path else None
    )

    assert yard.run("rollback", yard.id) == 0

    said = capsys.readouterr().out
    assert f"{yard.id} goes back to the old key, and waits: vault-prod: 503." in said
    assert "the new key is kept for its readers" not in said
    assert message(yard)[0] == 'Rotation of Deepgram key "voice-prod" goes back to the old key'
    assert thread(yard)[-1] == "it goes back, as ana says"


def words(yard: Yard) -> str:
    """All that stands in Slack."""
    return "\n".join(line for one in heard(yard) for line in one.lines)


@pytest.mark.parametrize("command", ["pause", "rollback"])
def test_why_somebody_holds_it_or_takes_it_back_is_said(yard: Yard, command: str) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")

    yard.run("--quiet", command, yard.id, "--reason", "calls fail")

    assert 'as ana says, "calls fail"' in words(yard)


@pytest.mark.parametrize("command", [("rollback",), ("resume", "--leave", PROD)])
def test_why_somebody_chose_so_is_said(yard: Yard, command: tuple[str, ...]) -> None:
    stopped(yard, somebody_writes)

    yard.run("--quiet", command[0], yard.id, *command[1:], "--reason", "INC-7")

    chosen = [line for line in words(yard).splitlines() if line.startswith("Chosen by ana: ")]
    assert chosen
    assert all(line.endswith(', "INC-7"') for line in chosen)


def test_that_it_is_paused_is_said_as_long_as_it_is(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    said = []
    for command in ("pause", "pause", "unpause"):
        yard.run("--quiet", command, yard.id)
        said.append(f"It is paused. Go on: `credwatch unpause {yard.id}`" in message(yard))
        yard.later(minutes=1)

    assert said == [True, True, False]
    assert thread(yard) == ["it is paused, as ana says", "it is paused no more, as ana says"]
    yard.run("show", PROD)
    assert "warning, unpaused → #credentials" in capsys.readouterr().out
