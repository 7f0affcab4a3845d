"""What is recognised as a key of Twilio, Deepgram, ElevenLabs or OpenAI, and what is not."""

from __future__ import annotations

import pytest

from credwatch.fields import unfold
from credwatch.identify import Identifier
from credwatch.model import Item, Payload
from credwatch.secrets import Secret
from credwatch_providers import deepgram, elevenlabs, openai, twilio

AC, SK = f"AC{'0' * 31}1", f"SK{'9' * 32}"
SECRET, TOKEN = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF", "0123456789abcdef0123456789abcdef"
SHA = "356a192b7913b04c54574d18c28d46e6395428ab"
ELEVEN = f"sk_{SHA}{SHA[:8]}"
PROJECT, LEGACY = f"sk-proj-{SHA}T3BlbkFJ{SHA}", f"sk-{SHA[:20]}T3BlbkFJ{SHA[:20]}"
ADMIN = f"sk-admin-{SHA}{SHA[:18]}T3BlbkFJ{SHA}{SHA[:18]}"
PLUGINS = (twilio.plugin, deepgram.plugin, elevenlabs.plugin, openai.plugin)
IDENTIFIER = Identifier([kind for plugin in PLUGINS for kind in plugin.kinds])
PLAIN = "kv/voice/prod"


def recognised(locator: str, fields: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    leaves = unfold(Payload({name: Secret(value) for name, value in fields.items()}))
    found = IDENTIFIER.identify(Item("vault", locator), leaves)
    return [(one.match.kind.name, dict(one.match.fields)) for one in found if one.match.kind.name != "unrecognised"]


@pytest.mark.parametrize(
    ("locator", "fields", "expected"),
    [
        (
            PLAIN,
            {"TWILIO_API_KEY_SID": SK, "TWILIO_API_KEY_SECRET": SECRET},
            [("twilio-api-key", {"sid": "TWILIO_API_KEY_SID", "secret": "TWILIO_API_KEY_SECRET"})],
        ),
        (
            PLAIN,
            {"TWILIO_ACCOUNT_SID": AC, "TWILIO_AUTH_TOKEN": TOKEN},
            [("twilio-auth-token", {"account": "TWILIO_ACCOUNT_SID", "token": "TWILIO_AUTH_TOKEN"})],
        ),
        (
            "kv/voice/twilio",
            {"account_sid": AC, "auth_token": TOKEN},
            [("twilio-auth-token", {"account": "account_sid", "token": "auth_token"})],
        ),
        ("kv/voice/twilio", {"sid": SK, "secret": SECRET}, [("twilio-api-key", {"sid": "sid", "secret": "secret"})]),
        (PLAIN, {"DEEPGRAM_API_KEY": SHA}, [("deepgram-api-key", {"key": "DEEPGRAM_API_KEY"})]),
        ("kv/voice/deepgram", {"value": SHA}, [("deepgram-api-key", {"key": "value"})]),
        (PLAIN, {"GIT_SHA": SHA}, []),
        (PLAIN, {"ELEVENLABS_API_KEY": ELEVEN}, [("elevenlabs-api-key", {"key": "ELEVENLABS_API_KEY"})]),
        (PLAIN, {"ELEVENLABS_API_KEY": TOKEN}, [("elevenlabs-api-key", {"key": "ELEVENLABS_API_KEY"})]),
        (PLAIN, {"XI_API_KEY": ELEVEN}, [("elevenlabs-api-key", {"key": "XI_API_KEY"})]),
        (PLAIN, {"OUR_OWN_KEY": ELEVEN}, []),
        (PLAIN, {"A": PROJECT}, [("openai-api-key", {"key": "A"})]),
        (PLAIN, {"A": LEGACY}, [("openai-api-key", {"key": "A"})]),
        (PLAIN, {"A": ADMIN}, [("openai-admin-key", {"key": "A"})]),
        (PLAIN, {"OPENAI_API_KEY": f"sk-{SHA}"}, []),
        (PLAIN, {"STRIPE_KEY": f"sk_live_{SHA}"}, []),
    ],
)
def test_a_key_is_recognised_by_its_shape_and_its_words(
    locator: str, fields: dict[str, str], expected: list[tuple[str, dict[str, str]]]
) -> None:
    assert recognised(locator, fields) == expected


def test_a_twilio_account_with_a_key_and_its_token_is_two_credentials() -> None:
    fields = {"ACCOUNT_SID": AC, "AUTH_TOKEN": TOKEN, "API_KEY_SID": SK, "API_KEY_SECRET": SECRET}
    found = recognised(PLAIN, {f"TWILIO_{name}": value for name, value in fields.items()})

    assert sorted((kind, *sorted(roles)) for kind, roles in found) == [
        ("twilio-api-key", "account", "secret", "sid"),
        ("twilio-auth-token", "account", "token"),
    ]


def test_an_account_sid_beside_an_api_key_tells_its_account_and_is_no_half_of_a_token() -> None:
    fields = {"TWILIO_ACCOUNT_SID": AC, "TWILIO_API_KEY_SID": SK, "TWILIO_API_KEY_SECRET": SECRET}

    assert [(kind, sorted(roles)) for kind, roles in recognised(PLAIN, fields)] == [
        ("twilio-api-key", ["account", "secret", "sid"])
    ]
