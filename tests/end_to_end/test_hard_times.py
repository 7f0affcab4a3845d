"""What may never look like a key that is gone: lost rights, a shrunken list, a stop, a kill, two watches at once."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.sandbox.keys import State
from credwatch.sandbox.server import Request, Response, Route, Server
from tests.end_to_end import remembered
from tests.end_to_end.world import World, kill

INTERVAL = timedelta(minutes=16)
SECONDS = 5.0
"""So soon a sweep ends that was asked to; a busy machine needs a tenth of it."""
ALL = 'path "kv/*" { capabilities = ["read", "list"] }\n'
SHUT = 'path "kv/metadata/voice/*" { capabilities = ["deny"] }\npath "kv/data/voice/*" { capabilities = ["deny"] }\n'


@pytest.fixture
def folders(world: World) -> World:
    """Six items in three folders, a key in each."""
    world.scene.deepgram.projects["p-1"] = "voice"
    for number in range(6):
        key = world.scene.deepgram.issue(f"key {number}", "p-1")
        world.scene.put(f"{('voice', 'batch', 'web')[number % 3]}/{number}", DEEPGRAM_API_KEY=key.value)
    return world


class Slow:
    """The Vault of a world; every listing of a folder takes a while."""

    def __init__(self, world: World, seconds: Callable[[str], float]) -> None:
        self._vault = world.scene.vault
        self._seconds = seconds

    def routes(self) -> Iterable[Route]:
        """Those of the Vault."""
        return [replace(route, handler=self._later) for route in self._vault.routes()]

    def _later(self, request: Request) -> Response:
        seconds = self._seconds(request.path) if request.method == "LIST" else 0.0
        return replace(self._vault.respond(request), delay=seconds)


@contextmanager
def slowly(world: World, seconds: Callable[[str], float]) -> Iterator[Server]:
    """Within the block the store is slow."""
    usual = world.scene.servers["vault"]
    with Server(Slow(world, seconds)) as slow:
        world.scene.servers["vault"] = slow
        try:
            yield slow
        finally:
            world.scene.servers["vault"] = usual


def ends(process: subprocess.Popen[str], within: float) -> int:
    """The exit code of a process that ends by itself in time; one that does not is killed."""
    try:
        process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        kill(process)
    return process.returncode


def test_nothing_in_a_folder_that_may_no_longer_be_listed_is_gone(folders: World) -> None:
    vault = folders.scene.vault
    vault.ask("update", "sys/policies/acl/watch", {"policy": ALL})
    token = vault.ask("update", "auth/token/create", {"policies": ["watch"]})["auth"]["client_token"]
    folders.environment["VAULT_TOKEN_OF_THE_WATCH"] = token
    folders.sweep()
    before = remembered.held(folders)
    vault.ask("update", "sys/policies/acl/watch", {"policy": ALL + SHUT})
    folders.move(INTERVAL)
    folders.sweep(code=3)
    folders.deliver()

    assert remembered.rows(folders, "select distinct scope, reason from unlisted") == [("kv/voice/", "forbidden")]
    assert remembered.held(folders) == before
    assert folders.pages() == []


def test_a_list_that_shrinks_by_more_than_half_is_blindness_and_no_deletion(folders: World) -> None:
    folders.sweep()
    before = remembered.held(folders)
    for place in list(before)[:4]:
        path = place.partition(":kv/")[2].partition("#")[0]
        folders.scene.vault.ask("delete", f"kv/metadata/{path}")
    for _ in range(2):
        folders.move(INTERVAL)
        folders.sweep()
        folders.deliver()

    assert remembered.held(folders) == before
    assert [text for text in folders.said("credentials") if text.startswith("Blind")] == [
        "Blind: vault-prod shows 2 entries, before 6. Nothing was called deleted"
    ]


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(lambda _: 0.5, id="every answer takes its time"),
        pytest.param(lambda path: 0.0 if path.endswith("metadata/") else 50.0, id="one answer does not come"),
    ],
)
def test_a_sweep_that_is_asked_to_stop_ends_within_seconds_and_calls_nothing_gone(
    folders: World, seconds: Callable[[str], float]
) -> None:
    folders.sweep()
    before = remembered.held(folders)
    folders.move(INTERVAL)
    with slowly(folders, seconds) as slow:
        process = folders.start("sweep", "--no-settle")
        wait_until(lambda: any(request.method == "LIST" for request in slow.requests))
        process.send_signal(signal.SIGTERM)

        assert ends(process, SECONDS) == 3
    assert remembered.held(folders) == before

    assert folders.sweep()["providers"]["vault-prod"]["complete"]
    assert remembered.held(folders) == before
    assert remembered.gone(folders) == []


def test_two_sweeps_at_once_both_end_well_and_nothing_is_told_twice(folders: World) -> None:
    keys = folders.scene.deepgram.keys
    for state, sweeps in ((State.ALIVE, 1), (State.DELETED, 2)):
        keys[0].state = state
        for _ in range(sweeps):
            pair = [folders.start("sweep", "--no-settle") for _ in range(2)]
            assert [ends(process, 60) for process in pair] == [0, 0]
            folders.move(INTERVAL)
        pair = [folders.start("deliver") for _ in range(2)]
        assert 0 in [ends(process, 60) for process in pair]
    folders.deliver()

    assert len(folders.said("credentials")) == 1
    assert len(folders.pages()) == 1


def wait_until(so: Callable[[], bool]) -> None:
    """Until it is so; a busy machine is waited for."""
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)
