"""Secret Manager on loopback, and the plug-in's connections to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import Http, Setup
from credwatch_providers.gcp.provider import GcpProjects, connect
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings
from tests.servers.gcp import SecretManager, secret_manager, service_account, written
from tests.servers.wire import silent


@pytest.fixture(scope="session")
def account() -> dict[str, str]:
    """Our own service account; making its key takes a moment."""
    return service_account()


@pytest.fixture
def google(tmp_path: Path) -> Iterator[SecretManager]:
    with secret_manager(tmp_path) as served:
        yield served


@pytest.fixture
def opened(google: SecretManager, account: dict[str, str], tmp_path: Path) -> Iterator[Any]:
    """Opens the projects of a table, and closes them afterwards."""
    connections: list[GcpProjects] = []
    credentials = written(tmp_path, account)

    def open_(http: Http | None = None, ca: Path | None = None, *, writes: bool = False, **table: Any) -> Any:
        ours = {"projects": ["voice-prod-1"], "endpoint": google.endpoint, "credentials": credentials}
        settings = GcpSettings.model_validate(ours | ({"secrets": ["**"]} | table))
        issuer, way = GcpIssuerSettings(), http or silent()
        made = connect(Setup("gcp-voice", settings, issuer, silent(), lambda _: way, ca=ca or google.ca, writes=writes))
        assert isinstance(made, GcpProjects)
        connections.append(made)
        return made

    yield open_
    for made in connections:
        made.close()


@pytest.fixture
def projects(opened: Any, google: SecretManager) -> GcpProjects:
    """Opened to write, with one secret of two versions."""
    google.put("voice-prod-1", "credwatch-pending")
    google.put("voice-prod-1", "tts", b"older", b"old")
    made: GcpProjects = opened(writes=True)
    return made
