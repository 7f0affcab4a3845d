from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest

from tests.conformance.grounds.google import Account
from tests.conformance.samples import Lab, Sample
from tests.conformance.trap import Trap
from tests.faults.keys import keys
from tests.faults.program import Begun
from tests.faults.stage import Stages
from tests.servers.moto import moto_server
from tests.servers.wallclock import AVAILABLE


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Every vendor, well."""
    with moto_server() as moto, Lab(moto, Account.new()) as made:
        yield made


@pytest.fixture(scope="session")
def samples(lab: Lab) -> Iterator[Mapping[str, Sample]]:
    """A key of every kind that is tried; its vendor takes it."""
    with keys(lab) as made:
        yield made


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """Where faults are played."""
    return Stages(tmp_path_factory.mktemp("stages"))


@pytest.fixture(scope="session")
def begun(
    tmp_path_factory: pytest.TempPathFactory, lab: Lab, samples: Mapping[str, Sample], stages: Stages
) -> Iterator[Begun]:
    """A ledger in which every key works."""
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the wall clock of a child process cannot be moved")
    with Trap() as trap:
        yield Begun.new(tmp_path_factory.mktemp("begun"), stages.authority.ca, lab, samples, trap)
