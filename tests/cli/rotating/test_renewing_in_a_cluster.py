"""A TLS Secret of a cluster: its certificate and its private key lie beside each other and are written together."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from credwatch.model.rotating import State
from credwatch.sandbox.kubernetes import Kubernetes
from credwatch.sandbox.server import Server
from tests.cli.rotating.stand import NEW_KEY, OWN_KEY, Stand
from tests.cli.rotating.yard import Yard
from tests.rotation.renewals.issuing import OTHERS

VERBS = ("get", "list", "create", "patch", "delete")
PLACE = "cluster:sip/sip-tls#tls%2Ecrt"


class Clustered(Stand):
    """The same certificate in a third place."""

    def __init__(self, yard: Yard, cluster: Kubernetes, url: str) -> None:
        self.cluster, self.url = cluster, url
        cluster.allow("ours", ["sip"], *VERBS)
        super().__init__(yard)
        self.file.unlink()
        cluster.put(
            "sip", "sip-tls", {"tls.crt": self.old.encode(), "tls.key": OWN_KEY.encode()}, type="kubernetes.io/tls"
        )
        yard.sweep()

    def configure(self, more: str = "", renewals: str | None = None) -> None:
        token = self.folder / "cluster-token"
        token.write_text("ours")
        table = f'[providers.cluster]\nuse = "kubernetes"\naddress = "{self.url}"\ntoken = "file:{token}"\nnamespaces = ["sip"]\n'
        super().configure(f"{table}{more}", renewals)
        file = self.folder / "credwatch.toml"
        file.write_text(
            file.read_text().replace("disk = {}\n", f'disk = {{}}\ncluster = {{ token = "file:{token}" }}\n')
        )


@pytest.fixture
def stand(bare: Yard) -> Iterator[Clustered]:
    cluster = Kubernetes(clock=bare.clock)
    with Server(cluster, clock=bare.clock) as server:
        yield Clustered(bare, cluster, server.url)


def test_a_new_private_key_and_its_certificate_go_live_in_one_write(stand: Clustered) -> None:
    new = stand.made(90, key=OTHERS)
    stand.prints(new + NEW_KEY)

    assert stand.yard.run("rotate", PLACE, "--yes", "--now") == 0

    assert stand.yard.state() is State.DONE
    held = stand.cluster.objects["sip", "sip-tls"]
    assert held["type"] == "kubernetes.io/tls"
    assert {name: base64.b64decode(value).decode() for name, value in held["data"].items()} == {
        "tls.crt": new,
        "tls.key": NEW_KEY,
    }
    fields: dict[str, str] = stand.yard.scene.vault.ask("read", "kv/data/sip/tls")["data"]["data"]
    assert fields == {"cert": new, "key": NEW_KEY, "OTHER": "kept"}
