"""What moto cannot say of access keys, by botocore's Stubber: it simulates no policy, and never throttles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credwatch.contract import Facts, ProviderError, Reason, Step
from credwatch_providers.aws.inventory import ROOT
from credwatch_providers.aws.minting import Minting
from tests.providers.aws.stubbed import ME, WRITES, Script, connection

KEY = Facts(account="111122223333", key_id="AKIAIOSFODNN7EXAMPLE", name="tts", traits={"user": "tts"})
USER = {
    "UserName": "tts",
    "Path": "/voice/",
    "UserId": "AIDAEXAMPLE000000",
    "Arn": "arn:aws:iam::111122223333:user/voice/tts",
    "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
}


def minting(*answers: tuple[str, Any], writes: tuple[tuple[str, Any], ...] = (), **table: Any) -> Minting:
    script: Script = {("iam", "eu-west-1"): list(answers), (f"{WRITES}iam", "eu-west-1"): list(writes)}
    return Minting(connection(script, iam=True, **table))


def simulated(decision: str, **more: Any) -> tuple[str, Any]:
    result = {"EvalActionName": "iam:CreateAccessKey", "EvalDecision": decision}
    return "simulate_principal_policy", {"EvaluationResults": [result | more]}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([("get_user", {"User": USER}), simulated("allowed")], ""),
        (
            [("get_user", {"User": USER}), simulated("implicitDeny")],
            "iam:CreateAccessKey on the user tts: implicitDeny",
        ),
        (
            [("get_user", {"User": USER}), simulated("explicitDeny")],
            "iam:CreateAccessKey on the user tts: explicitDeny",
        ),
        ([("get_user", {"User": USER}), simulated("implicitDeny", MissingContextValues=["aws:SourceIp"])], ""),
        ([("get_user", ("AccessDenied", "no", 403))], ""),
        ([("get_user", {"User": USER}), ("simulate_principal_policy", ("AccessDenied", "no", 403))], ""),
        ([("get_user", {"User": USER}), ("simulate_principal_policy", ("NoSuchEntity", "role", 404))], ""),
    ],
)
def test_a_simulation_that_refuses_is_told_and_one_that_cannot_be_had_is_silent(answers: Any, said: str) -> None:
    assert minting(*answers).may(KEY) == said


@pytest.mark.parametrize(
    ("arn", "source"),
    [
        (ME["Arn"], ME["Arn"]),
        ("arn:aws:sts::111122223333:assumed-role/rotate/credwatch", "arn:aws:iam::111122223333:role/rotate"),
        (
            "arn:aws-us-gov:sts::111122223333:assumed-role/rotate/credwatch",
            "arn:aws-us-gov:iam::111122223333:role/rotate",
        ),
    ],
)
def test_whose_policies_are_simulated(arn: str, source: str) -> None:
    script: Script = {("sts", "eu-west-1"): [("get_caller_identity", ME | {"Arn": arn})]}

    assert Minting(connection(script, iam=True))._source() == source


@pytest.mark.parametrize(
    ("answer", "reason", "permanent"),
    [
        (("LimitExceeded", "2", 409), Reason.AT_LIMIT, True),
        (("AccessDenied", "not authorized", 403), Reason.FORBIDDEN, True),
        (("NoSuchEntity", "", 404), Reason.NOT_FOUND, True),
        (("InvalidInput", "", 400), Reason.UNEXPECTED, True),
        (("Throttling", "Rate exceeded", 400), Reason.RATE_LIMITED, False),
        (("TooManyRequestsException", "", 429), Reason.RATE_LIMITED, False),
        (("ServiceFailure", "", 500), Reason.SERVER_ERROR, False),
        (("ServiceUnavailable", "", 503), Reason.SERVER_ERROR, False),
    ],
)
def test_a_refusal_in_its_own_words_is_certain_and_all_else_is_not(
    answer: Any, reason: Reason, *, permanent: bool
) -> None:
    with pytest.raises(ProviderError) as refused:
        minting(writes=(("create_access_key", answer),)).mint(KEY, "cw-mark", None)

    assert (refused.value.reason, refused.value.permanent) == (reason, permanent)


def test_the_user_is_found_by_the_key_where_nobody_said() -> None:
    used = {"UserName": "tts", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    delete = minting(("get_access_key_last_used", used), writes=(("delete_access_key", {}),))

    delete.revoke(Facts(key_id=KEY.key_id))

    delete._iam._session.stubbers[-1].assert_no_pending_responses()


def test_a_key_that_is_known_as_the_root_users_is_left_alone_whatever_iam_calls_its_user() -> None:
    used = {"UserName": "root", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    root = Facts(key_id=KEY.key_id, name=ROOT)

    with pytest.raises(ProviderError) as refused:
        minting(("get_access_key_last_used", used), writes=(("delete_access_key", {}),)).revoke(root)

    assert (refused.value.reason, refused.value.permanent) == (Reason.MISCONFIGURED, True)


@pytest.mark.parametrize(("lifetime", "lost"), [(None, 0), (timedelta(days=90), 1)])
def test_what_a_successor_has_is_told_before(lifetime: timedelta | None, lost: int) -> None:
    carried = minting().carried(KEY, lifetime)

    assert (carried.same[0].startswith("the user tts"), len(carried.lost)) == (True, lost)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step.MINT, "iam:CreateAccessKey of tts"),
        (Step.DISABLE, "iam:UpdateAccessKey of tts AKIAIOSFODNN7EXAMPLE, Inactive"),
        (Step.REVOKE, "iam:DeleteAccessKey of tts AKIAIOSFODNN7EXAMPLE"),
        (Step.RELOAD, ""),
    ],
)
def test_the_action_of_a_step_is_said_beforehand_and_nobody_is_asked_for_it(step: Step, call: str) -> None:
    assert minting().call(step, KEY) == call
    assert minting().call(step, Facts(key_id=KEY.key_id)) == call.replace("tts", "its user")
