"""Twilio: API keys and Auth Tokens tried at Verify, the keys of an account and its subaccounts, and new ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from credwatch.contract import Found, Plugin, Provider, Setup
from credwatch_providers.twilio.account import ProviderSettings, Untold
from credwatch_providers.twilio.keys import API_KEY, AUTH_TOKEN, IssuerSettings, TwilioIssuer
from credwatch_providers.twilio.minting import TwilioMinter

__all__ = ["plugin"]


def connect(setup: Setup[ProviderSettings, IssuerSettings]) -> Provider:
    """With an admin key an inventory and a minter; without one nothing but a name."""
    admin = setup.settings.admin
    return Untold(setup.name) if admin is None else TwilioMinter(setup, admin)


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """An account SID, which is no secret, and its Auth Token where that lies beside it."""
    account = environ.get("TWILIO_ACCOUNT_SID", "")
    if not account:
        return
    table: dict[str, object] = {"use": "twilio", "account": account}
    if environ.get("TWILIO_AUTH_TOKEN"):
        table["admin"] = {"sid": account, "secret": "env:TWILIO_AUTH_TOKEN"}
        said = "TWILIO_ACCOUNT_SID with its Auth Token"
    else:
        said = "TWILIO_ACCOUNT_SID without its Auth Token: keys are tried, not listed"
    yield Found("twilio", table, said)


plugin = Plugin(
    kinds=(API_KEY, AUTH_TOKEN),
    issuer=TwilioIssuer,
    provider=connect,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
    hosts=("iam.twilio.com", "accounts.twilio.com"),
    identity=frozenset({"admin"}),
)
