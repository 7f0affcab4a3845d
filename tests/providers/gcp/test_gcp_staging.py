"""A secret as a rotation writes it, by Google's own messages: compared, written, and its numbers read for a gap."""

from __future__ import annotations

import uuid
from typing import Any

import grpc
import pytest

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Secret, Staged, Stager
from credwatch_providers.gcp.provider import GcpProjects
from tests.servers.gcp import SecretManager

ITEM = Item("gcp-voice", "voice-prod-1/tts")
MARK, OTHER = "cw-01JD0000000000000000000000-1", "cw-01JD9999999999999999999999-1"
TOKEN = str(uuid.UUID(int=1))
PENDING = "projects/voice-prod-1/secrets/credwatch-pending"
PATH = "projects/voice-prod-1/secrets/tts"


def payload(text: str | bytes) -> Payload:
    return Payload({"": Secret(text)})


def shown(given: Payload) -> bytes:
    return given.parts[""].reveal_bytes()


def enabled(google: SecretManager, path: str = PENDING) -> list[str]:
    return [one.name.rpartition("/")[2] for one in google.versions[path] if one.state.name == "ENABLED"]


@pytest.fixture(autouse=True)
def _base(google: SecretManager) -> None:
    google.put("voice-prod-1", "credwatch-pending")
    google.put("voice-prod-1", "tts", b"older", b"old")


@pytest.fixture
def projects(opened: Any) -> GcpProjects:
    made: GcpProjects = opened(writes=True)
    return made


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


def test_a_value_is_promoted_and_its_slot_is_destroyed(projects: GcpProjects, google: SecretManager) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)

    version = projects.promote(ITEM, staged, "2")
    projects.discard(ITEM, staged)

    held = projects.held(ITEM)
    assert (version, held.version, shown(held.payload)) == ("3", "3", b"new")
    assert (projects.staged(ITEM), enabled(google), dict(google.secrets[PENDING].annotations)) == (None, [], {})
    assert shown(projects.former(ITEM, "2")) == b"old"


def test_what_was_there_before_comes_back_as_a_new_version_as_latest_is_the_newest_though_it_be_off(
    projects: GcpProjects, google: SecretManager
) -> None:
    promoted = projects.promote(ITEM, projects.stage(ITEM, payload("new"), MARK, TOKEN), "2")

    assert projects.revert(ITEM, "2", promoted) == "4"
    assert (shown(projects.held(ITEM).payload), enabled(google, PATH)) == (b"old", ["1", "2", "3", "4"])


def test_without_the_pending_secret_the_line_that_makes_it_is_told(
    projects: GcpProjects, google: SecretManager
) -> None:
    del google.secrets[PENDING], google.versions[PENDING]
    line = "gcloud secrets create credwatch-pending --project=voice-prod-1 --replication-policy=automatic"

    with pytest.raises(ProviderError, match=line) as refused:
        projects.staged(ITEM)
    with pytest.raises(ProviderError, match=line):
        projects.stage(ITEM, payload("new"), MARK, TOKEN)

    assert (refused.value.reason, refused.value.permanent) == (Reason.MISCONFIGURED, True)


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


@pytest.mark.parametrize("value", [f"{OTHER} 1 1763719200", "what a person noted"])
def test_a_claim_of_somebody_else_is_left_to_them(projects: GcpProjects, google: SecretManager, value: str) -> None:
    projects.stage(ITEM, payload("theirs"), OTHER, TOKEN)
    (key,) = google.secrets[PENDING].annotations
    google.secrets[PENDING].annotations = {key: value}

    with pytest.raises(Conflict):
        projects.stage(ITEM, payload("new"), MARK, TOKEN)

    projects.discard(ITEM, Staged("1", MARK))
    assert (dict(google.secrets[PENDING].annotations), enabled(google)) == ({key: value}, ["1"])


def test_of_two_who_claim_at_once_the_second_sees_by_the_etag_that_it_is_taken(
    projects: GcpProjects, google: SecretManager
) -> None:
    google.before["UpdateSecret"] = lambda: projects.stage(ITEM, payload("theirs"), OTHER, TOKEN)

    with pytest.raises(Conflict, match=OTHER):
        projects.stage(ITEM, payload("new"), MARK, TOKEN)

    assert enabled(google) == ["1"]


def test_claims_of_other_secrets_that_come_meanwhile_are_kept(projects: GcpProjects, google: SecretManager) -> None:
    google.put("voice-prod-1", "other", b"old")
    other = Item("gcp-voice", "voice-prod-1/other")
    google.before["UpdateSecret"] = lambda: projects.stage(other, payload("of the other"), OTHER, TOKEN)

    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)

    theirs = projects.staged(other)
    assert theirs is not None
    assert (projects.staged(ITEM), shown(projects.read_staged(other, theirs))) == (staged, b"of the other")


def test_what_is_no_claim_of_ours_is_kept(projects: GcpProjects, google: SecretManager) -> None:
    google.secrets[PENDING].annotations = {"team": "voice"}

    projects.discard(ITEM, projects.stage(ITEM, payload("new"), MARK, TOKEN))

    assert dict(google.secrets[PENDING].annotations) == {"team": "voice"}


@pytest.mark.parametrize("mark", [MARK, MARK[:-1] + "2"])
def test_our_own_slot_is_written_anew_and_the_first_value_destroyed(
    projects: GcpProjects, google: SecretManager, mark: str
) -> None:
    projects.stage(ITEM, payload("first"), MARK, TOKEN)

    staged = projects.stage(ITEM, payload("second"), mark, TOKEN)

    assert (shown(projects.read_staged(ITEM, staged)), enabled(google)) == (b"second", ["2"])


@pytest.mark.parametrize("died", ["AddSecretVersion", "UpdateSecret"])
def test_what_was_laid_before_its_claim_could_name_it_is_found_by_its_claim_and_goes(
    projects: GcpProjects, google: SecretManager, died: str
) -> None:
    def dies() -> None:
        if died == "UpdateSecret":
            google.refuse("UpdateSecret", grpc.StatusCode.UNAVAILABLE)

    google.before["AddSecretVersion"] = dies
    google.lost |= {died} - {"UpdateSecret"}
    with pytest.raises(ProviderError) as lost:
        projects.stage(ITEM, payload("new"), MARK, TOKEN)
    google.lost.clear()

    found = projects.staged(ITEM)
    assert found is not None
    assert (lost.value.permanent, found.mark, shown(projects.read_staged(ITEM, found))) == (False, MARK, b"new")
    projects.discard(ITEM, found)
    assert (projects.staged(ITEM), enabled(google)) == (None, [])


def test_a_claim_under_which_nothing_was_laid_gives_nothing_back_and_goes(
    projects: GcpProjects, google: SecretManager
) -> None:
    google.refuse("AddSecretVersion", grpc.StatusCode.PERMISSION_DENIED)
    with pytest.raises(ProviderError) as refused:
        projects.stage(ITEM, payload("new"), MARK, TOKEN)

    found = projects.staged(ITEM)
    assert found is not None
    assert (refused.value.permanent, found.mark, shown(projects.read_staged(ITEM, found))) == (True, MARK, b"")
    with pytest.raises(Conflict):
        projects.promote(ITEM, found, "2")
    projects.discard(ITEM, found)
    assert projects.staged(ITEM) is None


def test_of_two_claims_without_a_version_neither_takes_what_may_be_the_others(
    projects: GcpProjects, google: SecretManager
) -> None:
    google.put("voice-prod-1", "other", b"old")
    for place, mark in ((ITEM, MARK), (Item("gcp-voice", "voice-prod-1/other"), OTHER)):
        google.lost = {"AddSecretVersion"}
        with pytest.raises(ProviderError):
            projects.stage(place, payload("new"), mark, TOKEN)
    google.lost.clear()

    found = projects.staged(ITEM)
    assert found is not None
    projects.discard(ITEM, found)
    assert enabled(google) == ["1", "2"]


def test_a_discard_that_died_between_is_gone_on_with(projects: GcpProjects, google: SecretManager) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)
    google.refuse("UpdateSecret", grpc.StatusCode.UNAVAILABLE)
    with pytest.raises(ProviderError):
        projects.discard(ITEM, staged)

    assert (projects.staged(ITEM), shown(projects.read_staged(ITEM, staged))) == (staged, b"")
    projects.discard(ITEM, staged)
    assert projects.staged(ITEM) is None


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


def test_a_connection_that_watches_stages_nothing(opened: Any, google: SecretManager) -> None:
    with pytest.raises(ProviderError) as refused:
        opened().stage(ITEM, payload("new"), MARK, TOKEN)

    assert (refused.value.reason, refused.value.permanent) == (Reason.MISCONFIGURED, True)
    assert (dict(google.secrets[PENDING].annotations), enabled(google)) == ({}, [])
