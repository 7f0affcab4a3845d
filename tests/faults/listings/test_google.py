"""Secret Manager speaks gRPC, by a library of its own: its faults, and that none of them holds our end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.conformance.grounds.google import FIRST
from tests.faults.listings.company import Company, Projects
from tests.faults.listings.looks import NOISE, Look, Looker
from tests.faults.listings.pipe import Manner
from tests.faults.scripts import MIB
from tests.servers.gcp import SecretManager

GCP = ["gcp"]
DEADLINE = timedelta(seconds=0.5)
MANY = 400
METHODS = ("ListSecrets", "ListSecretVersions", "AccessSecretVersion")
CODES = {
    grpc.StatusCode.UNAVAILABLE: "unreachable",
    grpc.StatusCode.INTERNAL: "server_error",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "rate_limited",
    grpc.StatusCode.DEADLINE_EXCEEDED: "timeout",
    grpc.StatusCode.UNAUTHENTICATED: "login_refused",
    grpc.StatusCode.PERMISSION_DENIED: "forbidden",
    grpc.StatusCode.UNKNOWN: "unexpected",
    grpc.StatusCode.UNIMPLEMENTED: "unexpected",
    grpc.StatusCode.DATA_LOSS: "unexpected",
}

PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
NOT_YET: Any = None
"""In the place of a refusal: this call is answered."""


@pytest.fixture
def manager(company: Company, looker: Looker) -> Iterator[SecretManager]:
    """Secret Manager; what is ordered of it ends with the test."""
    assert looker
    ground = company.grounds["gcp"]
    assert isinstance(ground, Projects)
    ground.manager.refusals.clear()
    yield ground.manager
    ground.manager.refusals.clear()


def unseen(look: Look) -> tuple[object, ...]:
    """What must be empty, whatever happened."""
    return look.gone, look.told


@pytest.mark.parametrize(
    ("manner", "reasons"),
    [
        ("silent", {"timeout"}),
        ("strange", {"tls"}),
        ("cut", {"timeout", "unreachable"}),  # as it happens: gRPC waits a second before it comes again
        ("drips", {"timeout"}),
        (None, {"unreachable"}),
    ],
)
def test_a_way_that_is_broken_is_a_look_that_failed(
    manner: Manner | None, reasons: set[str], looker: Looker, tmp_path: Path
) -> None:
    pipe = looker.company.pipe
    if manner is None:
        pipe.shut()
    else:
        pipe.manner = manner
    look = looker.look(looker.begin(tmp_path), GCP, deadline=DEADLINE)

    assert (look.states["gcp"], len(look.reasons("gcp")), look.reasons("gcp") <= reasons) == ("failed", 1, True)
    assert unseen(look) == ([], [])
    assert look.seconds < 4 * DEADLINE.total_seconds() * NOISE
    assert [
        each.name for each in threading.enumerate() if not each.daemon and each is not threading.main_thread()
    ] == []


@pytest.mark.parametrize(
    ("code", "method", "after"),
    [
        (code, method, after)
        for code in CODES
        for method in METHODS
        for after in ((1,) if code in PASSING else (0, 1, 5))
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_a_call_that_is_refused_makes_nothing_gone(
    code: grpc.StatusCode, method: str, after: int, manager: SecretManager, looker: Looker, tmp_path: Path
) -> None:
    manager.refusals[method] = [*[NOT_YET] * after, *[code] * MANY]
    look = looker.look(looker.begin(tmp_path), GCP, deadline=DEADLINE)

    assert look.reasons("gcp") == ({CODES[code]} if after < len(calls(manager, method)) else set())
    assert unseen(look) == ([], [])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("code", PASSING)
def test_what_passes_is_asked_again(
    code: grpc.StatusCode, method: str, manager: SecretManager, looker: Looker, tmp_path: Path
) -> None:
    manager.refusals[method] = [NOT_YET, code]
    look = looker.look(looker.begin(tmp_path), GCP)

    assert (look.states["gcp"], look.held, *unseen(look)) == ("complete", looker.held, [], [])


def test_a_secret_that_is_larger_than_google_keeps_any_is_not_taken(
    manager: SecretManager, looker: Looker, tmp_path: Path
) -> None:
    path = f"projects/{FIRST}/secrets/n000/versions/1"
    usual = manager.values[path]
    manager.values[path] = b"x" * (9 * MIB)
    look = looker.look(looker.begin(tmp_path), GCP)
    manager.values[path] = usual

    assert (look.states["gcp"], look.reasons("gcp"), *unseen(look)) == ("partial", {"too_large"}, [], [])


def calls(manager: SecretManager, method: str) -> list[str]:
    """How often this would be called: pages, and once for each secret."""
    if method == "ListSecrets":
        return ["the login", FIRST, "the second project"]
    return list(manager.secrets)
