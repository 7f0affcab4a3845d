"""What moto does wrongly when a secret is written, by botocore's Stubber.

It takes a token with other data while the version is pending, moves labels without asking where they are, and knows no
secret that AWS rotates by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Secret, Staged
from credwatch_providers.aws.secret_staging import SecretStaging
from tests.providers.aws.stubbed import WRITES, Script, connection

ITEM = Item("aws-prod", "eu-west-1/a")
MARK = "cw-01JD0000000000000000000000-1"
BASE, NEW, THEIRS = ("0" * 31 + digit for digit in "123")
CURRENT = {"SecretString": "old", "VersionId": BASE}


PENDING = {BASE: ["AWSCURRENT"], NEW: ["AWSPENDING", MARK]}
LIES = (
    ("describe_secret", {"Name": "a", "VersionIdsToStages": PENDING}),
    ("get_secret_value", {"SecretString": "new", "VersionId": NEW}),
)
"""What is asked before a promotion: whether this still lies in the slot."""


def staging(*answers: tuple[str, Any], writes: tuple[tuple[str, Any], ...] = ()) -> SecretStaging:
    place = ("secretsmanager", "eu-west-1")
    script: Script = {place: list(answers), (f"{WRITES}{place[0]}", place[1]): list(writes)}
    return SecretStaging(connection(script))


def described(stages: dict[str, list[str]], **more: Any) -> tuple[str, Any]:
    return "describe_secret", {"Name": "a", "VersionIdsToStages": stages} | more


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"RotationEnabled": True}, "RotationEnabled"),
        ({"OwningService": "rds"}, "another service"),
        ({"Type": "TwilioApiKey"}, "a partner"),
        ({"DeletedDate": datetime(2027, 1, 1, tzinfo=UTC)}, "planned to be deleted"),
        ({"PrimaryRegion": "us-east-1"}, "us-east-1"),
    ],
)
def test_a_secret_that_is_somebody_elses_to_write_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ProviderError, match=said) as refused:
        staging(described({BASE: ["AWSCURRENT"]}, **more)).stage(ITEM, Payload({"": Secret("new")}), MARK, NEW)

    assert refused.value.permanent


def test_a_token_that_was_used_for_other_bytes_is_certainly_refused() -> None:
    taken = ("put_secret_value", ("ResourceExistsException", "", 400))
    stager = staging(described({BASE: ["AWSCURRENT"]}), ("get_secret_value", CURRENT), writes=(taken,))

    with pytest.raises(ProviderError) as refused:
        stager.stage(ITEM, Payload({"": Secret("new")}), MARK, NEW)

    assert (refused.value.reason, refused.value.permanent) == (Reason.CONFLICT, True)


def test_what_fails_after_the_write_says_not_that_nothing_was_changed() -> None:
    shut = ("describe_secret", ("AccessDeniedException", "no", 400))
    reads = (described({BASE: ["AWSCURRENT"]}), ("get_secret_value", CURRENT), shut)
    stager = staging(*reads, writes=(("put_secret_value", {"VersionId": NEW}),))

    with pytest.raises(ProviderError) as failed:
        stager.stage(ITEM, Payload({"": Secret("new")}), MARK, NEW)

    assert (failed.value.reason, failed.value.permanent) == (Reason.FORBIDDEN, False)


@pytest.mark.parametrize("at", [THEIRS, ""])
def test_a_label_that_is_elsewhere_is_a_conflict(at: str) -> None:
    refusal = ("update_secret_version_stage", ("InvalidParameterException", "the staging label is elsewhere", 400))
    stager = staging(*LIES, described({at: ["AWSCURRENT"]} if at else {}), writes=(refusal,))

    with pytest.raises(Conflict, match=at or "none"):
        stager.promote(ITEM, Staged(NEW, MARK), BASE)


def test_a_refusal_while_the_label_is_where_it_must_be_is_none_of_somebody_elses() -> None:
    refusal = ("update_secret_version_stage", ("InvalidParameterException", "no such version", 400))
    stager = staging(*LIES, described({BASE: ["AWSCURRENT"]}), writes=(refusal,))

    with pytest.raises(ProviderError) as refused:
        stager.promote(ITEM, Staged(NEW, MARK), BASE)

    assert (type(refused.value), refused.value.permanent) == (ProviderError, True)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        (("AccessDeniedException", "no", 400), True),
        (("InternalServiceError", "", 500), False),
        (("ThrottlingException", "", 400), False),
    ],
)
def test_whether_a_promotion_happened(answer: Any, *, permanent: bool) -> None:
    stager = staging(*LIES, writes=(("update_secret_version_stage", answer),))

    with pytest.raises(ProviderError) as refused:
        stager.promote(ITEM, Staged(NEW, MARK), BASE)

    assert refused.value.permanent is permanent
