from __future__ import annotations

from collections.abc import Iterator

import pytest

from credwatch.transport import Transport
from tests.conformance.grounds.google import Account
from tests.faults.listings.company import Company, Resolver
from tests.faults.listings.looks import Looker
from tests.servers.authority import Authority
from tests.servers.moto import moto_server


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Everything, well."""
    folder, ours, theirs = map(tmp_path_factory.mktemp, ("company", "authority", "stranger"))
    transport = Transport()
    with (
        moto_server() as moto,
        Company(folder, Authority.new(ours), Authority.new(theirs), transport, moto, Account.new()) as made,
    ):
        yield made
    transport.close()


@pytest.fixture(scope="session")
def begun(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Looker:
    """Everything was seen whole."""
    looker = Looker(company, tmp_path_factory.mktemp("begun") / "data", Resolver())
    first = looker.look(looker.base)
    assert first.well
    looker.held, looker.asked = first.held, {name: front.heard for name, front in company.fronts.items()}
    return looker


@pytest.fixture
def looker(begun: Looker) -> Iterator[Looker]:
    """The same; whatever a test does to the company is undone."""
    begun.well()
    yield begun
    begun.well()
