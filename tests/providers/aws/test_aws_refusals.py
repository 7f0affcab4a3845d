"""What moto cannot say, said by botocore's own Stubber: refusals, schedules, other people's secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError, SSLError

from credwatch.contract import Item, Listed, ProviderError, Reason, Unlisted, Validity
from credwatch_providers.aws.connection import told
from credwatch_providers.aws.inventory import AccessKeys
from credwatch_providers.aws.provider import AwsAccount
from credwatch_providers.aws.store import Secrets, item
from tests.providers.aws.stubbed import ME, Script, connection

PAST, FUTURE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def listing(name: str) -> tuple[str, dict[str, object]]:
    return "list_secrets", {"SecretList": [{"Name": name}]}


@pytest.mark.parametrize(
    ("code", "message", "status", "reason", "permanent"),
    [
        ("AccessDeniedException", "not authorized", 400, Reason.FORBIDDEN, True),
        ("DecryptionFailure", "KMS", 400, Reason.FORBIDDEN, True),
        ("ExpiredTokenException", "", 400, Reason.LOGIN_REFUSED, True),
        ("InvalidSignatureException", "no match", 400, Reason.LOGIN_REFUSED, True),
        ("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", 400, Reason.CLOCK_SKEW, False),
        ("ResourceNotFoundException", "", 400, Reason.NOT_FOUND, False),
        (
            "InvalidRequestException",
            "the secret was marked for deletion",
            400,
            Reason.SCHEDULED_FOR_DELETION,
            False,
        ),
        ("InvalidRequestException", "something else", 400, Reason.UNEXPECTED, False),
        ("ThrottlingException", "", 400, Reason.RATE_LIMITED, False),
        ("InternalServiceError", "", 500, Reason.SERVER_ERROR, False),
        ("Strange", "", 418, Reason.UNEXPECTED, False),
    ],
)
def test_why_a_value_cannot_be_read_with_answers_of_a_stubber(
    code: str, message: str, status: int, reason: Reason, *, permanent: bool
) -> None:
    script: Script = {("secretsmanager", "eu-west-1"): [("get_secret_value", (code, message, status))]}

    with pytest.raises(ProviderError) as refused:
        Secrets("aws-prod", connection(script)).read(Item("aws-prod", "eu-west-1/a"))

    assert (refused.value.reason, refused.value.permanent) == (reason, permanent)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectTimeoutError(endpoint_url="https://x"), Reason.TIMEOUT),
        (SSLError(endpoint_url="https://x", error=OSError()), Reason.TLS),
        (NoCredentialsError(), Reason.LOGIN_REFUSED),
    ],
)
def test_what_botocore_itself_could_not_do(error: Exception, reason: Reason) -> None:
    with pytest.raises(ProviderError) as refused, told():
        raise error

    assert refused.value.reason is reason


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_a_region_that_is_shut_does_not_hide_the_next_with_answers_of_a_stubber(code: str) -> None:
    script: Script = {
        ("secretsmanager", "eu-west-1"): [("list_secrets", (code, "no", 400))],
        ("secretsmanager", "us-east-1"): [listing("a")],
    }

    shut, found = Secrets("aws-prod", connection(script)).items()

    assert isinstance(shut, Unlisted)
    assert (shut.scope, shut.reason) == ("eu-west-1/", Reason.FORBIDDEN)
    assert isinstance(found, Item)
    assert found.locator == "us-east-1/a"


def test_a_region_that_breaks_is_an_error_after_the_others_were_listed_with_answers_of_a_stubber() -> None:
    script: Script = {
        ("secretsmanager", "eu-west-1"): [("list_secrets", ("ThrottlingException", "", 400))],
        ("secretsmanager", "us-east-1"): [listing("a")],
    }
    items = Secrets("aws-prod", connection(script)).items()

    assert next(items).locator == "us-east-1/a"  # type: ignore[union-attr]
    with pytest.raises(ProviderError) as broken:
        next(items)
    assert broken.value.reason is Reason.RATE_LIMITED


def test_a_page_that_breaks_keeps_what_was_seen_with_answers_of_a_stubber() -> None:
    first = {"SecretList": [{"Name": "a"}], "NextToken": "2"}
    answers = [("list_secrets", first), ("list_secrets", ("InternalServiceError", "", 500))]
    items = Secrets("aws", connection({("secretsmanager", "eu-west-1"): answers}, regions=["eu-west-1"])).items()

    assert isinstance(next(items), Item)
    with pytest.raises(ProviderError):
        next(items)


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ({"DeletedDate": FUTURE}, "deletes_at", FUTURE),
        ({"DeletedDate": FUTURE}, "readable", False),
        ({}, "readable", True),
        ({"NextRotationDate": PAST, "RotationEnabled": True}, "due_at", PAST),
        ({"NextRotationDate": FUTURE, "RotationEnabled": False}, "due_at", None),
        ({"OwningService": "rds"}, "managed", True),
        ({"Type": "TwilioApiKey"}, "managed", True),
        ({"Type": ""}, "managed", False),
        ({"PrimaryRegion": "us-east-1"}, "mirror_of", "us-east-1/a"),
        ({"PrimaryRegion": "eu-west-1"}, "mirror_of", None),
        ({"SecretVersionsToStages": {"v1": ["AWSPREVIOUS"], "v2": ["x", "AWSCURRENT"]}}, "version", "v2"),
        ({"SecretVersionsToStages": {"v3": ["AWSPENDING"]}}, "version", ""),
        ({"Tags": [{"Key": "team", "Value": "voice"}, {"Key": "empty"}]}, "labels", {"team": "voice", "empty": ""}),
        ({"LastChangedDate": PAST}, "written_at", PAST),
    ],
)
def test_a_line_of_the_listing(entry: Any, field: str, value: object) -> None:
    assert getattr(item("aws", "eu-west-1", {"Name": "a"} | entry), field) == value


def test_a_throttled_list_of_users_is_an_error_and_not_an_empty_account_with_answers_of_a_stubber() -> None:
    script: Script = {("iam", "eu-west-1"): [("list_users", ("Throttling", "Rate exceeded", 400))]}

    with pytest.raises(ProviderError) as refused:
        list(AccessKeys(connection(script, iam=True)).keys())

    assert refused.value.reason is Reason.RATE_LIMITED


def test_called_as_root_its_keys_are_listed_and_named_with_answers_of_a_stubber() -> None:
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active", "CreateDate": PAST, "UserName": "root"}
    script: Script = {
        ("sts", "eu-west-1"): [("get_caller_identity", ME | {"Arn": "arn:aws:iam::111122223333:root"})],
        ("iam", "eu-west-1"): [
            ("list_access_keys", {"AccessKeyMetadata": [key]}),
            ("get_access_key_last_used", {"AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}),
            ("list_users", {"Users": []}),
        ],
    }

    (listed,) = AccessKeys(connection(script, iam=True)).keys()

    assert isinstance(listed, Listed)
    assert listed.facts.name == "root user of the account"


def test_a_user_who_goes_meanwhile_has_no_keys_with_answers_of_a_stubber() -> None:
    user = {"UserName": "gone", "Path": "/", "UserId": "AIDAEXAMPLE000000", "Arn": ME["Arn"], "CreateDate": PAST}
    answers = [("list_users", {"Users": [user]}), ("list_access_keys", ("NoSuchEntity", "", 404))]

    assert list(AccessKeys(connection({("iam", "eu-west-1"): answers}, iam=True)).keys()) == []


def test_a_clock_that_is_wrong_makes_our_own_check_unknown_with_answers_of_a_stubber() -> None:
    late = ("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2", 403)
    script: Script = {("sts", "eu-west-1"): [("get_caller_identity", late)]}

    result = AwsAccount("aws-prod", connection(script)).check()

    assert (result.validity, result.reason) == (Validity.UNKNOWN, Reason.CLOCK_SKEW)
