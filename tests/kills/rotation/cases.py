"""The keys that are rotated: each vendor, each kind of place, one to three places."""

from __future__ import annotations

from collections.abc import Mapping

from tests.kills.rotation.gate import Case

_HERE = (
    Case("one-place", "deepgram", ("vault-prod",)),
    Case("two-places", "openai", ("vault-prod", "cluster")),
    Case("three-places", "twilio", ("vault-prod", "vault-prod", "mounted")),
    Case("switched-off-first", "elevenlabs", ("mounted", "vault-prod")),
    Case("hours-of-grace", "deepgram", ("cluster",), grace="3h"),
    Case("dead", "deepgram", ("vault-prod", "mounted"), dead=True),
)
_THERE = (
    Case("access-key", "aws", ("aws-prod",)),
    Case("account-key", "gcp", ("gcp-voice",)),
    Case("three-stores", "openai", ("vault-prod", "aws-parameters", "gcp-voice")),
)
CASES: Mapping[str, Case] = {case.name: case for case in _HERE}
CLOUDS: Mapping[str, Case] = {case.name: case for case in _THERE}
"""Those that have a cloud in them."""
EVERY: Mapping[str, Case] = {**CASES, **CLOUDS}
