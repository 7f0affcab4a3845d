"""A local Kubernetes to connect to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from credwatch.config.loading import parse
from credwatch.contract import Item
from credwatch.registry import Registry
from credwatch.sandbox.kubernetes import Kubernetes
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers.kubernetes import KubernetesSecrets
from tests.conformance.grounds.ground import Hurried, table
from tests.conformance.installed import PLUGINS

ALL = ("get", "list", "create", "patch", "delete")


@dataclass
class Running:
    """A cluster, and connections to it."""

    cluster: Kubernetes
    server: Server
    folder: Path
    transport: Transport

    def opened(self, token: str = "ours", **more: Any) -> KubernetesSecrets:
        """The connection that rotates."""
        (self.folder / "token").write_text(token)
        where: dict[str, Any] = {
            "address": self.server.url,
            "token": f"file:{self.folder / 'token'}",
            "namespaces": ["voice"],
        }
        text = table("providers.cluster", use="kubernetes", **(where | more))
        text += table("rotate.identities", cluster={"token": where["token"]})
        opened = Registry(PLUGINS).open(parse(text, {}, "credwatch.toml"), "cluster", self.transport, rotating=True)
        assert isinstance(opened, KubernetesSecrets)
        return opened


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """One namespace, `voice`, in which our token may do everything."""
    cluster, transport = Kubernetes(), Transport(clock=Hurried())
    cluster.allow("ours", ["voice"], *ALL)
    with Server(cluster) as server:
        yield Running(cluster, server, tmp_path, transport)
    transport.close()


@pytest.fixture
def listed(running: Running) -> Callable[..., list[Item]]:
    """The items of a new connection."""
    return lambda **more: [each for each in running.opened(**more).items() if isinstance(each, Item)]
