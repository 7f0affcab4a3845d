"""What doctor proposes under a fault of the way: to mend the way, and no rights that nobody refused."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from credwatch.contract import Diagnosis
from credwatch.registry import Registry
from credwatch.transport import Transport
from credwatch.transport.names import Names
from tests.conformance.installed import PLUGINS
from tests.conformance.trap import Trap
from tests.faults.listings.company import NAMES
from tests.faults.listings.looks import Looker, Off
from tests.faults.listings.test_every_listing import begins
from tests.faults.table import FAULTS

MENDS = {
    "connection refused": "can be reached from here",
    "the name is not known": "names are resolved",
    "TLS: expired": "whose certificate it shows",
    "500": "health",
    "429": "look less often",
    "302 to another host": "something stands between",
    "200, HTML": "something stands between",
    "403, a proxy's page": "something stands between",
    "100 MiB, announced": "something stands between",
}
OF_VAULTS_OWN = {"500": "see vault status"}
BY_NAME = {fault.name: fault for fault in FAULTS}


def lines(name: str, looker: Looker, data: Path) -> list[Diagnosis]:
    """What this connection says of itself that is wrong."""
    transport = Transport(ca=looker.company.authority.ca, clock=Off(), names=Names(looker.resolver))
    with closing(transport):
        provider = Registry(PLUGINS).open(looker.company.config(data), name, transport)
        wrong = [line for line in provider.diagnose() if not line.ok]  # type: ignore[attr-defined]  # all of ours do
        if hasattr(provider, "close"):
            provider.close()
    return wrong


@pytest.mark.parametrize("fault", MENDS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_proposed_fits_the_fault(name: str, fault: str, looker: Looker, tmp_path: Path) -> None:
    with Trap() as trap:
        begins(looker, BY_NAME[fault], "at the login", trap)
        wrong = lines(name, looker, tmp_path)
    mend = OF_VAULTS_OWN.get(fault, MENDS[fault]) if name.startswith("vault") else MENDS[fault]

    assert wrong
    assert [line.mend for line in wrong if mend not in line.mend] == []
    assert [line.what for line in wrong if not line.said] == []
