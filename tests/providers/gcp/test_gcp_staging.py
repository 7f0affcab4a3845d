"""A secret as a rotation writes it, by Google's own messages: compared, written, and its numbers read for a gap."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from credwatch.contract import Conflict, Item, ProviderError, Reason, Stager, Step
from credwatch_providers.gcp.provider import GcpProjects
from tests.providers.gcp.staged import ITEM, MARK, PATH, PENDING, TOKEN, enabled, payload, shown
from tests.servers.gcp import SecretManager


def add(google: SecretManager, value: bytes, path: str = PATH) -> None:
    """Somebody writes a version."""
    number = len(google.versions[path]) + 1
    made = type(google.versions[path][0])(
        name=f"{path}/versions/{number}", state="ENABLED", create_time="2026-11-21T12:00:00Z"
    )
    google.versions[path].append(made)
    google.values[made.name] = value


def test_the_promises_are_kept_by_type(opened: Any) -> None:
    projects: GcpProjects = opened()
    stager: Stager = projects

    assert isinstance(stager, Stager)
    assert not stager.compare_and_swap


def test_what_is_staged_is_seen_by_no_reader_and_is_no_place(projects: GcpProjects) -> None:
    staged = projects.stage(ITEM, payload(b"\xff new"), MARK, TOKEN)

    held = projects.held(ITEM)
    assert (held.version, shown(held.payload)) == ("2", b"old")
    assert (projects.staged(ITEM), shown(projects.read_staged(ITEM, staged))) == (staged, b"\xff new")
    assert [item.locator for item in projects.items() if isinstance(item, Item)] == [ITEM.locator]


def test_what_was_there_before_comes_back_as_a_new_version_as_latest_is_the_newest_though_it_be_off(
    projects: GcpProjects, google: SecretManager
) -> None:
    promoted = projects.promote(ITEM, projects.stage(ITEM, payload("new"), MARK, TOKEN), "2")

    assert projects.revert(ITEM, "2", promoted) == "4"
    assert (shown(projects.held(ITEM).payload), enabled(google, PATH)) == (b"old", ["1", "2", "3", "4"])


def test_what_somebody_wrote_meanwhile_is_neither_promoted_over_nor_reverted(
    projects: GcpProjects, google: SecretManager
) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)
    add(google, b"theirs")

    with pytest.raises(Conflict, match="it is at version 3, and 2 was expected"):
        projects.promote(ITEM, staged, "2")
    with pytest.raises(Conflict):
        projects.revert(ITEM, "1", "2")

    assert shown(projects.held(ITEM).payload) == b"theirs"


def test_what_somebody_wrote_in_the_last_moment_stands_again(projects: GcpProjects, google: SecretManager) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)
    google.before["AddSecretVersion"] = lambda: add(google, b"theirs")

    with pytest.raises(
        Conflict, match="version 3 was written at 2026-11-21 12:00:00 while we wrote; it stands again, as version 5"
    ):
        projects.promote(ITEM, staged, "2")

    assert shown(projects.held(ITEM).payload) == b"theirs"


def test_what_somebody_wrote_after_us_as_well_is_not_touched(projects: GcpProjects, google: SecretManager) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)

    def theirs() -> None:
        add(google, b"theirs")
        google.before["ListSecretVersions"] = lambda: add(google, b"theirs at last")

    google.before["AddSecretVersion"] = theirs

    with pytest.raises(Conflict, match="then version 5 was"):
        projects.promote(ITEM, staged, "2")

    assert shown(projects.held(ITEM).payload) == b"theirs at last"


def test_what_fails_after_the_write_says_not_that_nothing_was_changed(
    projects: GcpProjects, google: SecretManager
) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)

    def theirs() -> None:
        add(google, b"theirs")
        google.refuse("ListSecretVersions", grpc.StatusCode.PERMISSION_DENIED)

    google.before["AddSecretVersion"] = theirs
    with pytest.raises(ProviderError) as failed:
        projects.promote(ITEM, staged, "2")

    assert (failed.value.reason, failed.value.permanent) == (Reason.FORBIDDEN, False)


@pytest.mark.parametrize("method", ["AddSecretVersion", "UpdateSecret", "DestroySecretVersion"])
def test_a_write_without_an_answer_is_sent_once_and_nobody_knows(
    projects: GcpProjects, google: SecretManager, method: str
) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)
    google.calls.clear()
    google.lost.add(method)

    with pytest.raises(ProviderError) as lost:
        (projects.promote(ITEM, staged, "2") if method == "AddSecretVersion" else projects.discard(ITEM, staged))

    assert (lost.value.permanent, [name for name, _ in google.calls].count(method)) == (False, 1)


@pytest.mark.parametrize(
    ("code", "permanent"),
    [
        (grpc.StatusCode.PERMISSION_DENIED, True),
        (grpc.StatusCode.UNAUTHENTICATED, True),
        (grpc.StatusCode.INVALID_ARGUMENT, True),
        (grpc.StatusCode.NOT_FOUND, True),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, False),
        (grpc.StatusCode.DEADLINE_EXCEEDED, False),
        (grpc.StatusCode.INTERNAL, False),
        (grpc.StatusCode.CANCELLED, False),
    ],
)
def test_whether_a_promotion_happened(
    projects: GcpProjects, google: SecretManager, code: grpc.StatusCode, *, permanent: bool
) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)
    google.refuse("AddSecretVersion", code)

    with pytest.raises(ProviderError) as refused:
        projects.promote(ITEM, staged, "2")

    assert refused.value.permanent is permanent


def test_a_secret_whose_readers_follow_an_alias_is_not_written(projects: GcpProjects, google: SecretManager) -> None:
    google.secrets[PATH].version_aliases = {"older": 1, "live": 2}

    with pytest.raises(ProviderError, match="its alias live names version 2") as refused:
        projects.stage(ITEM, payload("new"), MARK, TOKEN)

    assert (refused.value.permanent, enabled(google)) == (True, [])


def test_where_latest_is_switched_off_the_newest_that_is_not_is_held(
    projects: GcpProjects, google: SecretManager
) -> None:
    google.switch(PATH, 2, "DISABLED")

    held = projects.held(ITEM)
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)

    assert (held.version, shown(held.payload)) == ("1", b"older")
    assert projects.promote(ITEM, staged, "1") == "3"
    with pytest.raises(ProviderError) as refused:
        projects.former(ITEM, "2")
    assert refused.value.reason is Reason.NOT_FOUND


def test_a_connection_that_watches_stages_nothing(projects: GcpProjects, opened: Any, google: SecretManager) -> None:
    assert projects.staged(ITEM) is None

    with pytest.raises(ProviderError) as refused:
        opened().stage(ITEM, payload("new"), MARK, TOKEN)

    assert (refused.value.reason, refused.value.permanent) == (Reason.MISCONFIGURED, True)
    assert (dict(google.secrets[PENDING].annotations), enabled(google)) == ({}, [])


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step.STAGE, "AddSecretVersion voice-prod-1/credwatch-pending"),
        (Step.PROMOTE, "AddSecretVersion voice-prod-1/tts if still version 2"),
        (Step.RELOAD, ""),
    ],
)
@pytest.mark.parametrize("keys", [False, True])
def test_the_call_of_a_step_is_said_beforehand(opened: Any, step: Step, call: str, *, keys: bool) -> None:
    assert opened(service_account_keys=keys).call(step, Item("gcp-voice", ITEM.locator, version="2")) == call
