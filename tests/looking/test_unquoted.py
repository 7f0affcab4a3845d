"""What a plug-in, or a vendor through it, says of a key is kept without the key."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from credwatch.log import MASK
from credwatch.looking.unquoted import unlisted, unquoted_answer
from credwatch.model import Facts, ProbeResult, Reason, Unlisted
from credwatch.secrets import Secret

VALUE = "sk-canary-0001/of+the=vendor"
FACTS = Facts(account="AC0001", key_id="SK0001", name="voice-prod", hint="ndor", scopes=frozenset({"member"}))


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda value: value.encode().hex(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: f"Incorrect API key provided: {value}. You can find yours at …",
    ],
)
def test_an_answer_that_quotes_the_key_is_kept_without_it(form: Callable[[str], str]) -> None:
    words = form(VALUE)
    facts = Facts(account=words, key_id="SK0001", name=words, creator=words, scopes=frozenset({words, "member"}))

    kept = unquoted_answer(ProbeResult.valid(facts, detail=words), [Secret(VALUE)])

    assert VALUE not in repr(kept)
    assert words not in repr(kept)
    assert MASK in kept.detail
    assert (kept.facts.account, kept.facts.key_id, kept.facts.name) == (None, "SK0001", None)
    assert "member" in (kept.facts.scopes or ())


@pytest.mark.parametrize(
    "result",
    [
        ProbeResult.valid(FACTS, detail="200"),
        ProbeResult.invalid(detail="401 INVALID_AUTH: a long explanation of what the vendor thinks of such a key"),
        ProbeResult.unknown(Reason.TIMEOUT),
    ],
)
def test_an_answer_that_quotes_nothing_stays_as_it_is(result: ProbeResult) -> None:
    assert unquoted_answer(result, [Secret(VALUE)]) is result
    assert unquoted_answer(result, []) is result


def test_a_line_of_a_private_key_is_enough_to_be_taken_out() -> None:
    key = Secret("-----BEGIN KEY-----\nMIIcanaryAAAABBBBCCCC\nDDDDcanaryEEEEFFFF\n-----END KEY-----\n")

    assert unquoted_answer(ProbeResult.invalid(detail="DDDDcanaryEEEEFFFF"), [key]).detail == MASK


def test_a_part_that_is_not_listed_is_told_without_our_own_token() -> None:
    token = Secret("hvs.canary-of-our-own-0001").ours()

    assert unlisted(Unlisted("kv/a", Reason.FORBIDDEN, f"not with {token.reveal()}")).message == f"not with {MASK}"
    assert unlisted(Unlisted("kv/a", Reason.FORBIDDEN)) == Unlisted("kv/a", Reason.FORBIDDEN)
