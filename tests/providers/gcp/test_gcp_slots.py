"""The pending slots of a project: claimed under an etag by one rotation each, and found again after a death."""

from __future__ import annotations

import grpc
import pytest

from credwatch.contract import Conflict, Item, ProviderError, Reason, Staged
from credwatch_providers.gcp.provider import GcpProjects
from tests.providers.gcp.staged import ITEM, MARK, OTHER, PENDING, TOKEN, enabled, payload, shown
from tests.servers.gcp import SecretManager


def test_a_value_is_promoted_and_its_slot_is_destroyed(projects: GcpProjects, google: SecretManager) -> None:
    staged = projects.stage(ITEM, payload("new"), MARK, TOKEN)

    version = projects.promote(ITEM, staged, "2")
    projects.discard(ITEM, staged)

    held = projects.held(ITEM)
    assert (version, held.version, shown(held.payload)) == ("3", "3", b"new")
    assert (projects.staged(ITEM), enabled(google), dict(google.secrets[PENDING].annotations)) == (None, [], {})
    assert shown(projects.former(ITEM, "2")) == b"old"


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


def test_a_claim_that_is_taken_away_while_a_value_is_laid_takes_the_value_with_it(
    projects: GcpProjects, google: SecretManager
) -> None:
    def theirs() -> None:
        (key,) = google.secrets[PENDING].annotations
        google.secrets[PENDING].annotations = {key: f"{OTHER} 0 1763719200"}

    google.before["AddSecretVersion"] = theirs
    with pytest.raises(Conflict, match="taken away"):
        projects.stage(ITEM, payload("new"), MARK, TOKEN)

    assert enabled(google) == []
