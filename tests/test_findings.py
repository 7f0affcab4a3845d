"""The join as a table: one row for each thing that may be concluded, and one for each that may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credwatch.findings import Finding, Found, Joined, Sight, Spot, counts, findings

A, B = "vault:kv/prod#KEY", "vault:kv/staging#KEY"
KEY = Joined("c-1", "twilio-api-key", "id", account="AC1", key_id="SK1")
HELD = replace(KEY, spots=(Spot(A, "f1", works=True),), listed=True)
ORPHAN = replace(KEY, listed=True)
SEEN = Sight(accounts=frozenset({("twilio-api-key", "AC1")}))


def environment(_kind: str, place: str) -> str:
    return "staging" if "staging" in place else "production"


def spots(*several: Spot) -> Joined:
    return replace(HELD, spots=several)


@pytest.mark.parametrize(
    ("one", "sight", "found"),
    [
        pytest.param(HELD, SEEN, [], id="held and listed"),
        pytest.param(ORPHAN, SEEN, ["orphan"], id="listed and held by no store"),
        pytest.param(ORPHAN, Sight(unseen=("aws",)), [], id="a store was not listed to its end"),
        pytest.param(ORPHAN, Sight(nameless=frozenset({KEY.kind})), [], id="a held key without an id may be this one"),
        pytest.param(replace(ORPHAN, joins="never"), SEEN, [], id="a kind that cannot be joined is no orphan"),
        pytest.param(replace(HELD, listed=False), SEEN, ["ghost"], id="held, and its account's list does not show it"),
        pytest.param(replace(HELD, listed=False), Sight(), [], id="its account's list was not read to its end"),
        pytest.param(replace(HELD, listed=False, account="AC2"), SEEN, [], id="another account's list says nothing"),
        pytest.param(replace(HELD, listed=False, delisted=True), Sight(), ["ghost"], id="a list showed it once"),
        pytest.param(
            replace(HELD, listed=False, joins="never"), SEEN, [], id="a kind that cannot be joined is no ghost"
        ),
        pytest.param(replace(HELD, listed=False, key_id=None), SEEN, [], id="nobody told its id"),
        pytest.param(spots(Spot("v:a", "f1"), Spot("v:b", "f1")), SEEN, ["twin"], id="two places"),
        pytest.param(spots(Spot("v:a", "f1"), Spot("v:b", "f1", mirror_of="a")), SEEN, ["mirror"], id="a copy of it"),
        pytest.param(spots(Spot(A, "f1"), Spot(B, "f1")), SEEN, ["twin", "shared"], id="production and staging"),
        pytest.param(spots(Spot(A, "f1"), Spot(B, "f2")), SEEN, ["twin"], id="another value in staging"),
        pytest.param(spots(Spot(A), Spot(B)), SEEN, ["twin"], id="values that were never read are not the same"),
        pytest.param(spots(Spot("v:staging", "f"), Spot(B, "f")), SEEN, ["twin"], id="staging twice is not shared"),
        pytest.param(spots(Spot(A, missing=("secret",))), SEEN, ["half_pair"], id="a part is missing"),
        pytest.param(
            spots(Spot("v:a", "f1", works=True), Spot("v:b", "f2", refused=True)),
            SEEN,
            ["twin", "half_pair"],
            id="refused in one place, while it works in another",
        ),
        pytest.param(spots(Spot(A, "f1", refused=True)), SEEN, [], id="refused everywhere is no half pair"),
        pytest.param(replace(HELD, personal=True, creator="ana"), SEEN, ["personal"], id="one person's account"),
        pytest.param(replace(HELD, unowned=True), SEEN, ["unowned"], id="nobody owns it"),
        pytest.param(replace(HELD, kind="unrecognised"), SEEN, ["unrecognised"], id="no vendor claims it"),
    ],
)
def test_what_the_join_sees(one: Joined, sight: Sight, found: list[str]) -> None:
    assert [each.finding.value for each in findings(one, sight, environment)] == found


def test_a_finding_names_the_places_that_it_is_about() -> None:
    one = spots(Spot(A, "f1"), Spot(B, "f1", missing=("id", "secret")))

    assert findings(one, SEEN, environment) == (
        Found(Finding.TWIN, (A, B)),
        Found(Finding.HALF_PAIR, (B,), "without its id and secret"),
        Found(Finding.SHARED, (A, B), "production and staging"),
    )


def test_the_rules_are_not_asked_about_a_key_in_one_place() -> None:
    asked: list[str] = []

    def ask(_kind: str, place: str) -> str:
        asked.append(place)
        return "production"

    findings(HELD, SEEN, ask)

    assert asked == []


def test_a_credential_counts_once_for_each_finding() -> None:
    halves = spots(Spot("v:a", missing=("id",)), Spot("v:b", missing=("id",)))

    assert counts([halves, ORPHAN, HELD], SEEN, environment) == {
        Finding.TWIN: 1,
        Finding.HALF_PAIR: 1,
        Finding.ORPHAN: 1,
    }
