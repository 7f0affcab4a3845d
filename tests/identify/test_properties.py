"""What holds for every item."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from credwatch.identify import UNRECOGNISED, Identified, Identifier
from credwatch.identify.evidence import LABEL
from credwatch.model import Item
from credwatch.secrets import Secret
from tests.conformance.installed import KINDS
from tests.identify.kinds import (
    AC,
    AC2,
    AKIA,
    AKIA2,
    ALNUM,
    ALNUM2,
    AWS,
    CERT,
    HEX32,
    HEX40,
    KEY,
    OPENAI,
    SK,
    SK2,
    Stored,
    described,
    identified,
)

NAMES = st.lists(
    st.sampled_from(["TWILIO", "AWS", "DEEPGRAM", "SID", "SECRET", "KEY", "TOKEN", "PROD", "A", "B"]),
    min_size=1,
    max_size=4,
)
VALUES = st.sampled_from(
    [SK, SK2, AC, AC2, ALNUM, ALNUM2, HEX32, HEX40, OPENAI, AKIA, AKIA2, AWS, CERT, KEY, "info", "x"]
)
LABELS = st.sampled_from(["", "crm", "twilio-api-key", "aws-access-key"])
ITEMS = st.dictionaries(NAMES.map("_".join), VALUES, max_size=8)
EVIDENCE = {"twilio": "TWILIO", "aws": "AWS", "deepgram": "DEEPGRAM"}


@given(ITEMS, LABELS, st.randoms(use_true_random=False))
def test_the_order_of_the_leaves_does_not_matter(fields: dict[str, str], label: str, shuffle: random.Random) -> None:
    shuffled = list(fields.items())
    shuffle.shuffle(shuffled)

    assert described(identified(dict(shuffled), labels={LABEL: label})) == described(
        identified(fields, labels={LABEL: label})
    )


@given(ITEMS, LABELS)
def test_no_secret_leaf_has_two_owners(fields: dict[str, str], label: str) -> None:
    owned = [
        one.match.fields[role.name]
        for one in identified(fields, labels={LABEL: label})
        for role in one.match.kind.roles
        if role.secret and role.name in one.match.fields
    ]

    assert len(owned) == len(set(owned))


@given(ITEMS)
def test_no_value_is_matched_without_evidence(fields: dict[str, str]) -> None:
    proved = [
        "".join(str(role.proof or EVIDENCE.get(one.match.kind.vendor, "-") in leaf))
        for one in identified(fields)
        if one.match.kind is not UNRECOGNISED and one.match.kind.probed
        for role in one.match.kind.roles
        for leaf in [one.match.fields.get(role.name)]
        if leaf is not None
    ]

    assert "False" not in proved


# -- nobody's values ---------------------------------------------------------------------------------------------------

HEX = st.sampled_from([16, 24, 32, 40, 64, 128]).flatmap(
    lambda length: st.text("0123456789abcdef", min_size=length, max_size=length)
)
LETTERS = string.ascii_letters + string.digits
TOKENS = st.integers(16, 64).flatmap(lambda length: st.text(LETTERS + "_-/+=", min_size=length, max_size=length))
STRANGERS = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda one: one.hex),
    HEX,
    HEX.map(str.upper),
    TOKENS.filter(lambda text: not text.startswith(("SK", "AC", "AKIA", "sk-proj-", "IQo"))),
    st.binary(min_size=20, max_size=48).map(lambda raw: base64.b64encode(raw).decode()),
    st.text(max_size=40),
    st.integers().map(str),
    st.just("info"),
)
NEUTRAL = st.sampled_from(
    [
        "ID",
        "REQUEST_ID",
        "COMMIT",
        "BUILD",
        "TRACE",
        "CHECKSUM",
        "etag",
        "SESSION",
        "DATA",
        "a.b.c",
        "0",
        "KEY",
        "TOKEN",
    ]
)
NOISE = st.dictionaries(NEUTRAL, STRANGERS, max_size=6)


def known(found: Iterable[Identified]) -> set[str]:
    return described(one for one in found if one.match.kind is not UNRECOGNISED)


@given(NOISE)
def test_what_is_random_beside_a_name_that_says_nothing_is_nobodys(fields: dict[str, str]) -> None:
    assert known(identified(fields, locator="kv/app/config")) == set()


REAL = Identifier(kind for _, kind in KINDS.values())


@given(NOISE)
def test_no_installed_plug_in_claims_what_is_random_beside_a_name_that_says_nothing(fields: dict[str, str]) -> None:
    leaves = [Stored(name, Secret(value)) for name, value in fields.items()]

    found = REAL.identify(Item("vault", "kv/app/config"), leaves)

    assert {one.match.kind.name for one in found} <= {UNRECOGNISED.name}


@given(ITEMS, NOISE)
def test_what_is_nobodys_changes_nothing_for_what_is_beside_it(fields: dict[str, str], noise: dict[str, str]) -> None:
    alone, beside = identified(fields), identified({**noise, **fields})

    assert known(beside) == known(alone)


# -- pairs --------------------------------------------------------------------------------------------------------------

WORDS = st.lists(st.sampled_from(["EU", "US", "PROD", "STAGING", "A", "B", "VOICE", "1", "2"]), min_size=1, max_size=3)
PREFIXES = st.sets(WORDS.map("_".join), min_size=1, max_size=5)


@given(PREFIXES, NOISE, st.randoms(use_true_random=False))
def test_each_half_is_paired_with_the_half_of_its_own_name(
    prefixes: set[str], noise: dict[str, str], shuffle: random.Random
) -> None:
    fields = dict(noise)
    for number, prefix in enumerate(sorted(prefixes)):
        fields[f"{prefix}_TWILIO_SID"] = f"SK{number:032x}"
        fields[f"{prefix}_TWILIO_SECRET"] = f"Zx{number:030}"
    names = list(fields)
    shuffle.shuffle(names)

    found = known(identified({name: fields[name] for name in names}))

    assert found == {f"twilio-api-key secret={each}_TWILIO_SECRET sid={each}_TWILIO_SID" for each in prefixes}


@given(ITEMS, LABELS)
def test_no_value_goes_to_two_vendors(fields: dict[str, str], label: str) -> None:
    owners = {
        (fields[one.match.fields[role.name]], one.match.kind.vendor)
        for one in identified(fields, labels={LABEL: label})
        if one.match.kind is not UNRECOGNISED
        for role in one.match.kind.roles
        if role.secret and role.name in one.match.fields
    }

    assert len(owners) == len({value for value, _ in owners})
