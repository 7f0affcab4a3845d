"""What a yard has of AWS and of Google."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from credwatch.sandbox.server import Server
from tests.kills.rotation.amazon import SERVER, AccessKeys, Amazon, Parameters, Secrets, reads
from tests.kills.rotation.gate import Gate
from tests.kills.rotation.gcloud import BITS, AccountKeys, Google, Project, Watched
from tests.kills.rotation.shelves import Shelf
from tests.kills.rotation.yard import Yard
from tests.servers.gcp import service_account, serving
from tests.servers.moto import moto_server
from tests.servers.wallclock import Wallclock


def clouds(yard: Yard) -> Mapping[str, Shelf]:
    """An account and a project; both live by the clock of the yard, and end with it."""
    begin = yard.running.enter_context
    wall = Wallclock(yard.folder).environment | {"WALLCLOCK_FILE": str(yard.clock.path)}
    amazon = Amazon(begin(moto_server(sys.executable, str(SERVER), environment=wall)))
    url = begin(Server(Gate(amazon, yard.seen, reads), clock=yard.clock)).url
    secrets = Secrets(amazon, url, yard.reference)
    google = Google(service_account(bits=BITS), clock=yard.clock)
    manager = Watched(ca=yard.folder / "ca.pem", seen=yard.seen)
    begin(serving(manager))
    ours = service_account(bits=BITS)
    yard.values.add(ours["private_key"])
    at = begin(Server(yard.gate(google), clock=yard.clock)).url
    project = Project(manager, at, yard.reference("gcp", json.dumps(ours)))
    yard.makers |= {"aws": AccessKeys(amazon), "gcp": AccountKeys(google)}
    kept: list[Shelf] = [secrets, Parameters(amazon, secrets.identity()), project]
    return {shelf.provider: shelf for shelf in kept}
