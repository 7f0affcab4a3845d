"""From a place to a rotation, over ledgers that a real sweep of real stores and vendors filled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.ledger.queries.naming import find
from credwatch.model import Revoke
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.planning import Order, Unplannable, plan
from credwatch.sandbox.keys import Key
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, EU, PROD, Yard

IVR = "vault-prod:kv/voice/ivr#TWILIO_API_KEY_SECRET"


def planned(yard: Yard, place: str = PROD, **order: object) -> Rotation:
    with yard.shop(writes=False) as shop:
        (meant,) = find(shop.ledger, place)
        wanted = Order(meant.credential, "ana", **order)  # type: ignore[arg-type]
        return plan(shop.opened, shop.ledger, wanted, shop.journal.new_id(yard.clock.now()), yard.clock.now())


def refusal(yard: Yard, place: str = PROD, **order: object) -> str:
    with pytest.raises(Unplannable) as refused:
        planned(yard, place, **order)
    return str(refused.value)


def test_every_place_of_the_key_is_written_whichever_was_named(yard: Yard) -> None:
    for place in (PROD, EU):
        rotation = planned(yard, place)

        assert [one.place for one in rotation.targets] == [EU, PROD]
        assert [dict(one.fields) for one in rotation.targets] == [{"key": "DEEPGRAM_API_KEY"}] * 2
        assert (rotation.minter, rotation.state, rotation.old.key_id) == ("deepgram", State.PLANNED, yard.old.id)


@pytest.mark.parametrize(
    ("settles", "grace"),
    [("0s", timedelta(hours=24)), ("12h", timedelta(hours=24)), ("36h", timedelta(hours=72))],
)
def test_both_keys_live_for_a_day_or_twice_what_the_slowest_reader_needs(
    yard: Yard, settles: str, grace: timedelta
) -> None:
    yard.configure(CONSUMER.replace('"2h"', f'"{settles}"'))

    assert planned(yard).grace == grace
    assert planned(yard, grace=timedelta(hours=1)).grace == timedelta(hours=1)


@pytest.mark.parametrize(
    ("rule", "consumer", "order", "revoke"),
    [
        pytest.param("ask", CONSUMER, None, Revoke.ASK, id="ask"),
        pytest.param("proved", CONSUMER, None, Revoke.PROVED, id="proved"),
        pytest.param("proved", "", None, Revoke.ASK, id="nobody is known to read it, so nothing can be proved"),
        pytest.param(
            "proved",
            CONSUMER.replace("voice/*", "voice/eu"),
            None,
            Revoke.ASK,
            id="nobody is known to read one of its places, and who does may still use the old one",
        ),
        pytest.param("grace", CONSUMER, None, Revoke.GRACE, id="by time"),
        pytest.param("ask", CONSUMER, Revoke.GRACE, Revoke.GRACE, id="as ordered"),
    ],
)
def test_how_the_old_one_goes(bare: Yard, rule: str, consumer: str, order: Revoke | None, revoke: Revoke) -> None:
    bare.configure(f'[[rules]]\nmatch = {{ place = "vault-prod:**" }}\nrevoke = "{rule}"\n{consumer}')
    bare.sweep()

    assert planned(bare, revoke=order).revoke is revoke


def test_how_long_the_new_one_lives_is_the_rules_word(bare: Yard) -> None:
    bare.configure(f'[[rules]]\nmatch = {{ place = "vault-prod:**" }}\nexpires = "45d"\n{CONSUMER}')
    bare.sweep()

    assert planned(bare).lifetime == timedelta(days=45)


def test_a_key_that_no_connection_lists_is_made_by_a_person(yard: Yard) -> None:
    with_none = CONFIGURATION.partition("[rotate.identities]")
    lines = [line for line in with_none[2].splitlines() if line.startswith("vault")]
    yard.configure(CONSUMER, "\n".join(["[rotate.identities]", *lines]) + "\n")
    yard.sweep()

    assert "nobody can make a new Deepgram key here" in refusal(yard)
    assert "--paste" in refusal(yard)
    assert planned(yard, paste=True).minter == ""


@pytest.mark.parametrize("name", ["deepgram", "vault-prod"])
def test_whoever_is_only_watched_is_named_with_the_line_that_is_missing(yard: Yard, name: str) -> None:
    yard.configure(CONSUMER, CONFIGURATION.replace(f"{name} = {{", f"# {name} = {{"))

    assert f"Say who may write: {name} = {{ … }} in [rotate.identities]" in refusal(yard)


def test_a_pasted_key_needs_nobody_who_could_make_one(yard: Yard) -> None:
    yard.configure(CONSUMER, CONFIGURATION.replace("deepgram = {", "# {"))

    assert planned(yard, paste=True).targets


def test_in_the_mode_that_only_reads_a_change_that_is_asked_for_all_the_same_does_not_leave(yard: Yard) -> None:
    written = len(yard.writes())
    with yard.shop(writes=False) as shop:
        ended = yard.begun(shop)

    assert ended.state is State.ABORTED
    assert (len(yard.writes()), yard.alive()) == (written, {yard.old.value})


# -- a key of two parts ---------------------------------------------------------------------------------------------

TWILIO = """
[providers.twilio]
use = "twilio"
account = "{account}"
admin = {{ sid = "{sid}", secret = "env:TWILIO_OF_THE_WATCH" }}
[rotate.identities]
twilio = {{ admin = {{ sid = "{sid}", secret = "env:TWILIO_OF_THE_WATCH" }} }}
vault-prod = {{ auth = {{ token = "env:VAULT_TOKEN_OF_THE_WATCH" }} }}
"""


@pytest.fixture
def pair(bare: Yard, monkeypatch: pytest.MonkeyPatch) -> tuple[Yard, Key]:
    """A Standard key of Twilio's in one item, listed by a connection of its own."""
    vendor = bare.scene.twilio
    account = vendor.open("voice").sid
    admin, key = vendor.issue("main", account), vendor.issue("ivr", account)
    admin.admin, vendor.tells_main = True, True
    monkeypatch.setenv("TWILIO_OF_THE_WATCH", admin.value)
    bare.environment["TWILIO_OF_THE_WATCH"] = admin.value
    bare.configure("", TWILIO.format(account=account, sid=admin.id))
    bare.scene.put("voice/ivr", TWILIO_API_KEY_SID=key.id, TWILIO_API_KEY_SECRET=key.value, OTHER="kept")
    bare.run("--quiet", "sweep")
    return bare, key


def test_both_parts_are_written_together(pair: tuple[Yard, Key]) -> None:
    yard, key = pair
    (target,) = planned(yard, IVR).targets

    assert dict(target.fields) == {"sid": "TWILIO_API_KEY_SID", "secret": "TWILIO_API_KEY_SECRET"}
    assert yard.run("--quiet", "rotate", IVR, "--yes", "--compromised") == 0
    held = yard.scene.vault.ask("read", "kv/data/voice/ivr")["data"]["data"]
    (live,) = [one for one in yard.scene.twilio.listed() if not one.admin]
    assert (held["TWILIO_API_KEY_SID"], held["TWILIO_API_KEY_SECRET"], held["OTHER"]) == (live.id, live.value, "kept")
    assert live.id != key.id


def test_half_a_pair_is_not_rotated(pair: tuple[Yard, Key]) -> None:
    yard, key = pair
    yard.scene.put("voice/half", TWILIO_API_KEY_SID=key.id)
    yard.run("--quiet", "sweep")

    said = refusal(yard, IVR)

    assert "do not hold the same key, or only half of it" in said
