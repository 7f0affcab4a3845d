"""Twilio behind a gateway: its answers name its own hosts, whoever stands before them."""

from __future__ import annotations

import json
from pathlib import Path

from credwatch.contract import Reply, Setup
from credwatch_providers.twilio.account import TwilioAccount
from credwatch_providers.twilio.keys import IssuerSettings
from tests.servers.vendors import Still, twilio_shop
from tests.servers.wire import Canned, Request

ACCOUNT = json.dumps({"sid": f"AC{'0' * 32}", "status": "active"})
FIRST = json.dumps({"keys": [], "meta": {"next_page_url": "https://iam.twilio.com/v1/Keys?Page=1"}})
LAST = '{"keys": []}'


def answer(asked: Request) -> Reply:
    said = ACCOUNT if "/Accounts/" in asked.url else LAST if "Page=1" in asked.url else FIRST
    return Reply(200, {}, said.encode())


def test_the_next_page_of_a_list_is_asked_for_there(tmp_path: Path) -> None:
    shop, http = twilio_shop(tmp_path, Still()), Canned(answer)
    settings = shop.plugin.provider_settings.model_validate(shop.table)
    gateway = IssuerSettings(base_url="https://gateway.test/twilio")
    assert shop.plugin.provider is not None
    made = shop.plugin.provider(Setup("ours", settings, gateway, http, lambda _: http))
    assert isinstance(made, TwilioAccount)

    assert list(made.keys()) == []
    assert http.asked[-1].url == "https://gateway.test/twilio/v1/Keys?Page=1"
