"""What is sent to make and unmake keys, and what the local vendors answer, stands in the vendors' own documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import Disables, Sunsets
from credwatch.transport import Transport
from tests.minting.sandboxes import GROUNDS, Sandboxed


@pytest.fixture(params=GROUNDS)
def sandboxed(request: pytest.FixtureRequest, tmp_path: Path, transport: Transport) -> Iterator[Sandboxed]:
    with GROUNDS[request.param](tmp_path, transport) as made:
        yield made


def test_every_change_is_as_the_vendors_document_says(sandboxed: Sandboxed) -> None:
    made = sandboxed.mint()
    if isinstance(sandboxed.minter, Disables):
        sandboxed.minter.disable(made.facts)
        sandboxed.minter.enable(made.facts)
    if isinstance(sandboxed.minter, Sunsets):
        sandboxed.minter.sunset(made.facts, sandboxed.http.now() + timedelta(hours=1))
    sandboxed.minter.revoke(made.facts)
    sandboxed.mint()
    sandboxed.minter.revoke(sandboxed.old)

    changed = {url.removeprefix(sandboxed.server.url) for _, url in sandboxed.http.changes}
    assert len(sandboxed.http.changes) >= 4
    assert changed <= {path for path, _ in sandboxed.checked.checked}
    assert sandboxed.checked.unknown == []
