"""The end of our own login at a provider is a date like any other: it is told before we are blind there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from credwatch.looking.dates import OWN_LOGIN, own_login
from credwatch.model import NEVER

ENDS = datetime(2026, 12, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize("ends", [None, NEVER])
def test_a_login_without_an_end_is_no_date(ends: datetime | None) -> None:
    assert list(own_login("vault-prod", ends)) == []


def test_a_login_with_an_end_is_a_date_of_its_provider() -> None:
    (sighting,) = own_login("vault-prod", ENDS)

    assert (sighting.provider, sighting.place) == ("vault-prod", f"vault-prod:{OWN_LOGIN}")
    assert (sighting.kind.name, sighting.facts.expires) == ("deadline", ENDS)
    assert sighting.facts.name == "credwatch's own login at vault-prod ends"
