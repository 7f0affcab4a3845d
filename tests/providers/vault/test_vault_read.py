from __future__ import annotations

from typing import Any

import pytest

from credwatch.contract import Item, ProviderError, Reason
from credwatch.fields import unfold
from tests.providers.vault.conftest import item_of
from tests.servers.vault import Served


def test_text_comes_as_it_is_and_the_rest_as_json_that_unfolds(vault: Served, opened: Any) -> None:
    vault.put("voice", KEY="plain", twilio={"n": 5, "sid": "SK1"}, on=True, none=None, list=["é", 1])
    store = opened(vault)
    payload = store.read(item_of(store, f"{vault.kv}/voice"))

    assert {"KEY", "twilio.sid"} <= {leaf.name for leaf in unfold(payload)}
    assert {name: part.reveal() for name, part in payload.parts.items()} == {
        "KEY": "plain",
        "twilio": '{"n":5,"sid":"SK1"}',
        "on": "true",
        "none": "null",
        "list": '["é",1]',
    }


def test_the_current_version_is_read(vault: Served, opened: Any) -> None:
    vault.put("voice", KEY="old")
    store = opened(vault)
    item = item_of(store, f"{vault.kv}/voice")
    vault.put("voice", KEY="new")

    assert store.read(item).parts["KEY"].reveal() == "new"


@pytest.mark.parametrize(
    ("locator", "reason"),
    [("absent", Reason.NOT_FOUND), ("deleted", Reason.NOT_FOUND), ("closed", Reason.FORBIDDEN)],
)
def test_what_cannot_be_read_has_its_reason(vault: Served, opened: Any, locator: str, reason: Reason) -> None:
    vault.put("deleted", KEY="x")
    vault.ask("DELETE", f"{vault.kv}/data/deleted")
    vault.put("closed", KEY="x")
    token = vault.token(
        f'path "{vault.kv}/*" {{ capabilities = ["read", "list"] }}\n'
        f'path "{vault.kv}/data/closed" {{ capabilities = ["deny"] }}'
    )

    with pytest.raises(ProviderError) as caught:
        opened(vault, token).read(Item("vault-prod", f"{vault.kv}/{locator}"))
    assert (caught.value.reason, token in str(caught.value)) == (reason, False)
