"""Our own token ends one day: it is told in time, before we are blind, and never of one that we renew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.world import DAY, World


def watch_with(world: World, **options: Any) -> None:
    """Log in to Vault with a token of our own that was made with these options."""
    made = world.scene.vault.ask("update", "auth/token/create", {"policies": ["root"], **options})
    world.environment["VAULT_TOKEN_OF_THE_WATCH"] = made["auth"]["client_token"]


def test_a_token_that_ends_is_told_like_any_date_and_pages_three_days_ahead(world: World) -> None:
    watch_with(world, ttl="744h", renewable=False)
    ends = f"on {world.now + 31 * DAY:%a} {(world.now + 31 * DAY).day} {world.now + 31 * DAY:%b}"
    world.scene.put("voice/prod", NOTHING="x")
    world.sweep()
    world.deliver()
    world.move(3 * DAY / 2)
    world.sweep()
    world.deliver()

    assert world.said("voice-alerts") == [f"Warning: 1 date of voice comes within 30 days, {ends}"]
    assert "credwatch's own login at vault-prod ends" in world.shown("voice-alerts")
    assert world.pages() == []

    world.move(27 * DAY)
    world.sweep()
    world.deliver()

    (page,) = world.pages()
    assert page.startswith("Page: credwatch's own login at vault-prod ends:")


@pytest.mark.parametrize("options", [{"ttl": "240h"}, {"period": "1h"}])
def test_of_a_token_that_we_renew_nothing_is_told(world: World, options: dict[str, str]) -> None:
    watch_with(world, **options)
    world.scene.put("voice/prod", NOTHING="x")
    world.sweep()
    world.deliver()

    assert "own login" not in world.shown("credentials")
    assert "own login" not in world.run("list")
