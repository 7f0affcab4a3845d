"""What holds for every item."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from credwatch.identify import UNRECOGNISED
from credwatch.identify.evidence import LABEL
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
