"""rotate --dry-run: what it says, and that it changes nothing."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

from credwatch.sandbox.keys import State
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, EU, PROD, Yard

PLAN = """\
Plan. Nothing was changed: READS reads, and writes are cut off in this mode.

  key      Deepgram key "voice-prod" ID, account p-1; made 21 Sep by ana@example.com, expires 20 Dec; works (0 ms)
  places   1  vault-prod:kv/voice/eu#DEEPGRAM_API_KEY    version 1  holds this key
           2  vault-prod:kv/voice/prod#DEEPGRAM_API_KEY  version 1  holds this key
  readers  voice-agent (places 1, 2), settles in 2 h

  the new key
     as it was     scopes usage:write
     as it was     tags voice, prod, which Deepgram cannot change later
     changes       belongs to rotator@example.com, no longer to ana@example.com: it will not die with that account
     changes       expires in 90 days, 18 Feb 2027, as long as the old one had
     lost          nothing

  step                                                                          back by
  1  make     POST HOST/v1/projects/p-1/keys
                                                                                deleting the new key
  2  store    vault-prod  create kv/credwatch-pending/3d0d123e                  deleting it
              vault-prod  create kv/credwatch-pending/b496b84b                  deleting it
  3  try      GET HOST/v1/auth/token, once per place, as read back
  4  live     vault-prod  write kv/voice/eu if still version 1                  credwatch rollback
              vault-prod  write kv/voice/prod if still version 1                credwatch rollback
     tell     voice-agent loads what its places hold by itself                  -
  5  wait     at least 24 h                                                     -
  6  ask      #credentials, or: credwatch rotations revoke ID                   -
  7  revoke   DELETE HOST/v1/projects/p-1/keys/ID
                                                                                cannot be undone
  8  prove    the old key is refused, the new one works from both places

  would start: yes. 2 identities may write (deepgram, vault-prod); 0 of 4 rotations today; no freeze ahead; audit ok
  To do it:  credwatch rotate vault-prod:kv/voice/prod#DEEPGRAM_API_KEY --reason "…"
"""


def plain(yard: Yard, text: str) -> str:
    """What differs from run to run, taken out."""
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text.replace(yard.old.id[:8], "ID"))
    text = re.sub(r"HOST(\S+) {2,}(\w.*)", rf"HOST\1\n{'':<80}\2", text)
    return re.sub(r"changed: \d+ reads", "changed: READS reads", text)


def test_it_says_all_that_would_be_done_and_how_each_step_is_taken_back(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    code = yard.run("rotate", PROD, "--dry-run")

    assert plain(yard, capsys.readouterr().out) == PLAN
    assert code == 0


def test_no_request_that_may_change_something_is_sent_and_every_read_is_counted(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    before, written = sum(len(one.requests) for one in yard.scene.servers.values()), len(yard.writes())

    yard.run("rotate", PROD, "--dry-run")

    asked = sum(len(one.requests) for one in yard.scene.servers.values()) - before
    assert f"{asked} reads," in capsys.readouterr().out
    assert (len(yard.writes()), yard.rotations(), yard.audit()) == (written, (), [])


def test_a_program_is_told_the_same(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("rotate", PROD, "--dry-run", "--json")

    said = json.loads(capsys.readouterr().out)
    assert said["would_start"] is True
    assert [one["place"] for one in said["places"]] == [EU, PROD]
    assert [one["name"] for one in said["steps"]] == [
        *("make", "store", "store", "try", "live", "live", "tell", "wait", "ask", "revoke", "prove")
    ]


@pytest.mark.parametrize("word", ["prod#DEEPGRAM_API_KEY", "DEEPGRAM_API_KEY", "nothing-like-it"])
def test_what_is_changed_is_named_whole(yard: Yard, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = yard.run("rotate", word, "--dry-run")

    assert code == 64
    assert "whole place" in capsys.readouterr().err or word == "nothing-like-it"


def test_the_id_of_a_credential_is_whole(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("show", PROD, "--json")
    credential = json.loads(capsys.readouterr().out)["key"]["id"]

    assert yard.run("rotate", credential, "--dry-run") == 0


def dead(yard: Yard) -> None:
    yard.old.state = State.DELETED
    yard.sweep()
    yard.later(minutes=10)
    yard.run("--quiet", "sweep")


def dead_since(yard: Yard) -> None:
    yard.old.state = State.DELETED


def another(yard: Yard) -> None:
    yard.put("eu", yard.issue("somebody else's"))


def silent(yard: Yard) -> None:
    yard.scene.deepgram.state = State.DOWN


def unwritable(yard: Yard) -> None:
    yard.configure(CONSUMER, CONFIGURATION.replace("vault-prod = {", "# {"))


def suspended(yard: Yard) -> None:
    yard.old.state = State.OUT_OF_CREDIT
    yard.run("--quiet", "sweep")
    yard.later(minutes=10)
    yard.run("--quiet", "sweep")


def underway(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")


def copied(yard: Yard) -> None:
    """Whoever writes both places copies them from where we do not look."""
    with sqlite3.connect(yard.folder / "data" / "credwatch.db") as db:
        db.execute("update copy set mirror_of = 'elsewhere'")


REFUSALS = [
    pytest.param(copied, 1, 'Refused: a controller writes every place of Deepgram key "voice-prod": ', id="copied"),
    pytest.param(
        dead,
        1,
        "Refused: the old key is dead, so there is nothing to overlap with.\n"
        "         Use --replace-dead: make, store, try, live; no wait, no revoke.\n"
        "         Its scopes are taken from the ledger (seen 16:41).",
        id="dead",
    ),
    pytest.param(
        dead_since,
        1,
        "Refused: the old key is dead, so there is nothing to overlap with.\n         Use --replace-dead: make",
        id="dead since",
    ),
    pytest.param(
        another,
        1,
        f"Refused: {EU} holds a different key now.\n         Decide which is right: credwatch show {EU}",
        id="another",
    ),
    pytest.param(silent, 3, "Cannot tell: deepgram: ", id="silent"),
    pytest.param(
        unwritable,
        1,
        'Refused: credwatch only watches vault-prod, and Deepgram key "voice-prod" cannot be rotated without writing there.\n'
        "         Say who may write: vault-prod = { … } in [rotate.identities]",
        id="unwritable",
    ),
    pytest.param(suspended, 1, "Refused: something is open about its whole account", id="suspended"),
    pytest.param(underway, 1, "Refused: it is being rotated already, by cw-", id="under way"),
]


@pytest.mark.parametrize(("happens", "code", "words"), REFUSALS)
def test_what_cannot_end_well_is_refused_first_and_the_way_out_is_said(
    yard: Yard, happens: object, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(happens)
    happens(yard)
    capsys.readouterr()

    assert yard.run("rotate", PROD, "--dry-run") == code
    assert capsys.readouterr().out.startswith(words)
