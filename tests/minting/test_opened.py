"""As the program opens it: a minter of each vendor sends a change only as the identity that rotates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from credwatch.config.loading import parse
from credwatch.contract import Minter, ProviderError
from credwatch.registry import Registry
from credwatch.transport import Transport
from tests.conformance.grounds.ground import table
from tests.minting.ground import MARK
from tests.minting.sandboxes import GROUNDS, Sandboxed

ONE_EACH = ("deepgram", "elevenlabs", "openai", "twilio-restricted")


@pytest.fixture(params=ONE_EACH)
def sandboxed(request: pytest.FixtureRequest, tmp_path: Path, transport: Transport) -> Iterator[Sandboxed]:
    with GROUNDS[request.param](tmp_path, transport) as made:
        yield made


@pytest.fixture
def way(sandboxed: Sandboxed) -> Iterator[Transport]:
    """By the clock of the vendor, whatever the day is here."""
    made = Transport(clock=sandboxed.shop.clock)
    yield made
    made.close()


def opened(sandboxed: Sandboxed, transport: Transport, *, rotating: bool, writes: bool = True) -> Minter:
    """The connection, of a configuration that names an identity for rotations."""
    use, shop = sandboxed.shop_name, sandboxed.shop
    identity = {"admin": shop.table["admin"]}
    tables: list[tuple[str, Mapping[str, object]]] = [
        (f"issuers.{use}", {"base_url": sandboxed.server.url}),
        ("providers.ours", {"use": use, **shop.table}),
        ("rotate.identities.ours", identity),
    ]
    config = parse("".join(table(name, **said) for name, said in tables), {}, "credwatch.toml")
    made = Registry.load().open(config, "ours", transport, rotating=rotating, writes=writes)
    assert isinstance(made, Minter)
    return made


def methods(sandboxed: Sandboxed) -> list[str]:
    """Of the requests that were no reading ones."""
    return [asked.method for asked in sandboxed.server.requests if asked.method != "GET"]


def test_as_the_identity_that_rotates_a_key_is_made_and_unmade(sandboxed: Sandboxed, way: Transport) -> None:
    minter = opened(sandboxed, way, rotating=True)
    before = sandboxed.alive()
    made = minter.mint(sandboxed.old, MARK, None)
    there = sandboxed.alive() - before
    minter.revoke(made.facts)

    assert there == {sandboxed.identity(made.values)}
    assert sandboxed.alive() == before
    assert methods(sandboxed) == ["POST", "DELETE"]


@pytest.mark.parametrize(("rotating", "writes"), [(False, True), (True, False)], ids=["the watch", "a plan"])
def test_as_any_other_nothing_is_sent_that_could_change_something(
    sandboxed: Sandboxed,
    way: Transport,
    rotating: bool,  # noqa: FBT001  a table
    writes: bool,  # noqa: FBT001  a table
) -> None:
    minter = opened(sandboxed, way, rotating=rotating, writes=writes)
    old = sandboxed.old
    with pytest.raises(ProviderError) as making:
        minter.mint(old, MARK, None)
    with pytest.raises(ProviderError) as ending:
        minter.revoke(old)

    assert (making.value.permanent, ending.value.permanent, methods(sandboxed)) == (True, True, [])
    assert minter.may(old) == ""
    assert minter.carried(old, None).same
