import pytest

from credwatch.config.places import checked, listed_place, literal_start, matches, matches_word
from credwatch.model import Facts


@pytest.mark.parametrize(
    ("pattern", "place", "expected"),
    [
        ("vault:kv/voice/prod#TOKEN", "vault:kv/voice/prod#TOKEN", True),
        ("vault:kv/voice/prod#TOKEN", "vault:kv/voice/prod#TOKEN2", False),
        ("vault:kv/voice/prod#TOKEN", "vault:kv/voice/prod", False),
        # without a field: every field of the item, and no other item
        ("vault:kv/voice/prod", "vault:kv/voice/prod#TOKEN", True),
        ("vault:kv/voice/prod", "vault:kv/voice/prod", True),
        ("vault:kv/voice/prod", "vault:kv/voice/prod-2#TOKEN", False),
        ("vault:kv/voice/prod", "vault:kv/voice/prod/eu#TOKEN", False),
        # one star stays within its segment
        ("vault:kv/*/prod", "vault:kv/voice/prod#A", True),
        ("vault:kv/*/prod", "vault:kv/voice/eu/prod#A", False),
        ("vault:kv/voice/*", "vault:kv/voice/prod#A", True),
        ("vault:kv/vo*", "vault:kv/voice#A", True),
        ("vault-*:kv/x", "vault-prod:kv/x#A", True),
        ("*:kv/x", "vault:kv/x", True),
        ("*:x", "vault:kv/x", False),
        ("aws:*", "aws:eu-west-1/voice", False),
        ("aws*:x", "aws:arn:x", False),
        # two cross segments
        ("vault:kv/voice/**", "vault:kv/voice/prod#A", True),
        ("vault:kv/voice/**", "vault:kv/voice/prod/eu#A.b", True),
        ("vault:kv/voice/**", "vault:kv/voicemail#A", False),
        ("vault:kv/**/prod", "vault:kv/prod#A", True),
        ("vault:kv/**/prod", "vault:kv/a/b/prod#A", True),
        ("vault:kv/**/prod", "vault:kv/a/nonprod#A", False),
        ("gcp:**", "gcp:voice-prod-1/tts", True),
        ("gcp:**", "gcp-2:voice-prod-1/tts", False),
        ("**", "anything:at/all#F", True),
        ("**/prod", "vault:kv/prod#A", True),
        ("aws-prod:*/voice/**", "aws-prod:eu-west-1/voice/crm#token", True),
        # fields
        ("vault:kv/x#TW_*", "vault:kv/x#TW_ID", True),
        ("vault:kv/x#TW_*", "vault:kv/x#DG_ID", False),
        ("vault:**#*.private_key", "vault:kv/a/b#sa.private_key", True),
        ("vault:kv/*", "vault:kv/a#odd/field", True),
        ("vault:kv/*/field", "vault:kv/a#odd/field", False),
        # what only looks like a pattern, and what only looks the same
        ("vault:kv/a.b", "vault:kv/aXb", False),
        ("vault:kv/x", "vault:kv/X", False),
        ("vault:kv/x", "vault:kv/x\n", False),
        ("files:/etc/tls/**", "files:/etc/tls/a.pem", True),
        ("twilio:AC3/**", "twilio:AC3/SK41", True),
        ("aws:arn:aws:x/*", "aws:arn:aws:x/y#k", True),
    ],
)
def test_a_pattern_matches_what_the_example_says(pattern: str, place: str, expected: bool) -> None:  # noqa: FBT001  a table
    assert matches(pattern, place) is expected
    assert place.startswith(literal_start(pattern)) or not expected


@pytest.mark.parametrize("pattern", ["", "vault", "vault:", ":kv/x", "*", "vault:kv/x#", 7])
def test_a_pattern_that_can_match_nothing_is_refused(pattern: object) -> None:
    with pytest.raises(ValueError, match="place"):
        checked(pattern)


@pytest.mark.parametrize(
    ("pattern", "kind", "expected"),
    [("crm", "crm", True), ("twilio-*", "twilio-api-key", True), ("crm", "crm2", False)],
)
def test_a_kind_is_named_whole_or_with_a_star(pattern: str, kind: str, expected: bool) -> None:  # noqa: FBT001  a table
    assert matches_word(pattern, kind) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(account="AC1", key_id="SK1"), "twilio:AC1/SK1"),
        (Facts(key_id="SK1"), "twilio:SK1"),
        (Facts(account="AC1", hint="…41d2"), "twilio:AC1/…41d2"),
    ],
)
def test_a_listed_key_has_a_place_of_its_account_and_its_id(facts: Facts, expected: str) -> None:
    assert listed_place("twilio", facts) == expected
