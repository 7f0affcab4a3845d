"""What a label or a person says of a place."""

from __future__ import annotations

import pytest

from credwatch.errors import ConfigError
from credwatch.identify import Said
from tests.identify.kinds import (
    ALNUM,
    ALNUM2,
    HEX40,
    OPENAI,
    SK,
    SK2,
    described,
    identified,
)


@pytest.mark.parametrize(
    ("label", "fields", "found"),
    [
        ("crm", {"": "hunter2"}, {"crm secret="}),
        ("crm", {"token": "t0k", "LOG_LEVEL": "info"}, {"crm secret=token"}),
        ("crm", {"token": OPENAI}, {"openai-api-key key=token"}),
        ("crm", {"DEEPGRAM_KEY": HEX40}, {"deepgram-api-key key=DEEPGRAM_KEY"}),
        ("crm", {"DEEPGRAM_KEY": "x"}, {"unrecognised secret=DEEPGRAM_KEY"}),
        ("deepgram-api-key", {"a": HEX40, "b": HEX40[::-1]}, {"deepgram-api-key key=a", "deepgram-api-key key=b"}),
        ("deepgram-api-key", {"api_key": "x"}, {"unrecognised secret=api_key"}),
        ("twilio-api-key", {"one": SK, "two": ALNUM}, {"twilio-api-key secret=two sid=one"}),
        ("no-such-kind", {"": "hunter2"}, {"unrecognised secret="}),
    ],
)
def test_a_label_stands_for_context_but_not_against_the_value_or_the_name(
    label: str, fields: dict[str, str], found: set[str]
) -> None:
    assert described(identified(fields, labels={"credwatch-kind": label})) == found


@pytest.mark.parametrize(
    ("said", "fields", "found"),
    [
        (Said("vault:kv/app#x", "crm"), {"x": "v", "token": "t"}, {"crm secret=x", "unrecognised secret=token"}),
        (Said("vault:kv/app", "crm"), {"": "v"}, {"crm secret="}),
        (Said("vault:kv/*", "crm"), {"x": "v", "token": "t"}, {"crm secret=token"}),
        (Said("vault:kv/other#x", "crm"), {"x": "v"}, set()),
        (Said("vault:kv/app#x", "crm"), {"x": OPENAI}, {"crm secret=x"}),
        (Said("vault:kv/app#x", "deepgram-api-key"), {"x": HEX40}, {"deepgram-api-key key=x"}),
        (Said("vault:kv/app#x", "deepgram-api-key"), {"x": "v"}, {"unrecognised secret=x"}),
        (
            Said("vault:kv/app#TWILIO_B", "twilio-api-key"),
            {"TWILIO_SID": SK, "TWILIO_B": ALNUM},
            {"twilio-api-key secret=TWILIO_B sid=TWILIO_SID"},
        ),
        (
            Said("vault:kv/*", "twilio-api-key", {"sid": "TW_ID", "secret": "PASS"}),
            {"TW_ID": SK, "PASS": ALNUM, "B_TWILIO_SECRET": ALNUM2, "B_SID": SK2},
            {"twilio-api-key secret=PASS sid=TW_ID", "twilio-api-key secret=B_TWILIO_SECRET sid=B_SID"},
        ),
        (
            Said("vault:kv/*", "twilio-api-key", {"sid": "ID", "secret": "TWILIO_B"}),
            {"ID": SK, "TWILIO_B": ALNUM, "TWILIO_B_SID": SK2},
            {"twilio-api-key secret=TWILIO_B sid=ID", "twilio-api-key sid=TWILIO_B_SID -secret"},
        ),
        (
            Said("vault:kv/*", "twilio-api-key", {"sid": "TW_ID", "secret": "PASS"}),
            {"TW_ID": SK},
            {"twilio-api-key sid=TW_ID -secret"},
        ),
    ],
)
def test_a_person_may_say_what_a_place_holds(said: Said, fields: dict[str, str], found: set[str]) -> None:
    assert described(identified(fields, said=[said])) == found


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (Said("vault:a#b", "crn"), 'there is no kind "crn"; one of: .*crm'),
        (Said("vault:a", "crm", {"sid": "X"}), 'crm has no "sid"; it has secret'),
        (
            Said("vault:a#b", "crm", probe="https://evil.example.com/"),
            "a crm may be probed at api.crm.example.com only",
        ),
        (Said("vault:a#b", "crm", probe="https://api.crm.example.com@evil.example.com/"), "may be probed at"),
    ],
)
def test_a_line_that_cannot_be_obeyed_is_refused(said: Said, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        identified({}, said=[said])


def test_the_probe_of_a_line_goes_with_its_match_only() -> None:
    url = "https://api.twilio.com/2010-04-01/Recordings.json"
    said = [Said("vault:kv/app#TWILIO_A_SECRET", "twilio-api-key", probe=url)]
    fields = {"TWILIO_A_SID": SK, "TWILIO_A_SECRET": ALNUM, "TWILIO_B_SID": SK2, "TWILIO_B_SECRET": ALNUM2}

    assert {one.place: one.match.probe for one in identified(fields, said=said)} == {
        "vault:kv/app#TWILIO_A_SECRET": url,
        "vault:kv/app#TWILIO_B_SECRET": None,
    }
