"""Getting in: whose account it is, what may be listed there, and what is said when it may not."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from credwatch.contract import (
    Diagnose,
    Facts,
    Inventory,
    Item,
    Needs,
    Payload,
    Provider,
    ProviderError,
    Reason,
    Secret,
    Setup,
    Store,
    Unlisted,
    Validity,
)
from credwatch_providers.aws.connection import Connection
from credwatch_providers.aws.needs import policy
from credwatch_providers.aws.provider import AwsAccountWithKeys, discover
from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings
from tests.servers.moto import enforce
from tests.servers.wire import silent

ACCOUNT = "123456789012"


def test_it_is_a_store_and_with_iam_an_inventory_too(opened: Any) -> None:
    plain, with_keys = opened(secrets=["**"]), opened(iam=True)

    for power in (Store, Needs, Diagnose):
        assert isinstance(plain, power)
        assert isinstance(with_keys, power)
    assert [isinstance(account, Inventory) for account in (plain, with_keys)] == [False, True]


def test_the_promises_are_kept_by_type(opened: Any) -> None:
    account: AwsAccountWithKeys = opened(iam=True)
    provider: Provider = account
    store: Store = account
    inventory: Inventory = account

    assert {type(bound) for bound in (provider, store, inventory)} == {AwsAccountWithKeys}


def test_our_own_keys_are_tried_and_name_the_account(opened: Any) -> None:
    result = opened(iam=True).check()

    assert (result.validity, result.facts.account) == (Validity.VALID, ACCOUNT)


def test_no_proxy_is_taken_from_the_environment(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert opened(iam=True).check().validity is Validity.VALID


def test_credentials_that_lead_to_another_account_stop_everything(opened: Any, admin: Any) -> None:
    admin("secretsmanager").create_secret(Name="voice/a", SecretString="1")
    account = opened(account="111122223333", secrets=["**"], iam=True)

    result = account.check()

    assert (result.validity, result.reason) == (Validity.INVALID, Reason.WRONG_ACCOUNT)
    for listing in (account.items, account.keys):
        with pytest.raises(ProviderError, match="account 123456789012, configured is 111122223333"):
            list(listing())


def test_an_assumed_role_reaches_the_other_account(opened: Any, admin: Any) -> None:
    admin("secretsmanager").create_secret(Name="mine", SecretString="1")
    account = opened(account="444455556666", assume="arn:aws:iam::444455556666:role/credwatch-watch", secrets=["**"])

    assert account.check().facts.account == "444455556666"
    assert list(account.items()) == []


def test_the_environment_cannot_lead_us_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profile = tmp_path / "config"
    profile.write_text("[default]\nservices = trap\n[services trap]\niam =\n  endpoint_url = http://127.0.0.1:9\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    monkeypatch.setenv("CREDWATCH_TEST_AWS_SECRET", "x" * 40)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    key = {"id": "AKIAIOSFODNN7EXAMPLE", "secret": "env:CREDWATCH_TEST_AWS_SECRET"}
    settings = AwsSettings.model_validate({"iam": True, "access_key": key})
    connection = Connection(
        Setup("aws", settings, AwsIssuerSettings(), silent(), lambda _: silent()), session=boto3.Session()
    )

    urls = [client.meta.endpoint_url for client in (connection.secrets("eu-west-1"), connection.iam())]
    connection.close()

    assert urls == ["https://secretsmanager.eu-west-1.amazonaws.com", "https://iam.amazonaws.com"]


def test_a_refused_login_is_a_refusal_and_not_an_outage(opened: Any, server: str) -> None:
    account = opened(iam=True)

    with enforce(server):
        result = account.check()

    assert (result.validity, result.reason) == (Validity.INVALID, Reason.LOGIN_REFUSED)


def test_a_refused_role_is_a_refusal(opened: Any, server: str) -> None:
    account = opened(iam=True, assume="arn:aws:iam::123456789012:role/credwatch-watch")

    with enforce(server):
        result = account.check()

    assert result.validity is Validity.INVALID


def test_a_region_that_may_not_be_listed_hides_only_itself_with_the_code_403_of_moto(limited: Any, server: str) -> None:
    account = limited(["iam:ListUsers"], secrets=["**"], regions=["eu-west-1", "us-east-1"], iam=True)

    with enforce(server):
        found, keys = list(account.items()), list(account.keys())

    assert [(part.scope, part.reason) for part in found] == [
        ("eu-west-1/", Reason.FORBIDDEN),
        ("us-east-1/", Reason.FORBIDDEN),
    ]
    assert [(part.scope, part.reason) for part in keys] == [(f"{ACCOUNT}/", Reason.FORBIDDEN)]


def test_the_doctor_names_the_right_that_is_missing(limited: Any, server: str) -> None:
    account = limited(["iam:*"], secrets=["**"], iam=True)

    with enforce(server):
        wrong = [line for line in account.diagnose() if not line.ok]

    assert [(line.what, line.mend) for line in wrong] == [("secrets in eu-west-1/", "allow secretsmanager:ListSecrets")]


def test_the_doctor_sees_what_may_be_listed(opened: Any, admin: Any) -> None:
    admin("secretsmanager").create_secret(Name="a", SecretString="1")

    lines = list(opened(secrets=["**"], iam=True).diagnose())

    assert [(line.what, line.ok) for line in lines] == [("login", True), ("secrets", True), ("access keys", True)]
    assert [line.said for line in lines[1:]] == ["1 secrets", "0 access keys"]


def test_the_actions_it_asks_for_are_enough_though_moto_looks_at_no_resource(
    limited: Any, opened: Any, admin: Any, server: str
) -> None:
    admin("secretsmanager").create_secret(Name="voice/a", SecretString="1")
    table = {"secrets": ["voice/**"], "iam": True}
    statements = json.loads(opened(**table).least_privilege())["Statement"]
    actions = [said if isinstance(said, list) else [said] for said in (line["Action"] for line in statements)]
    account = limited(list(itertools.chain.from_iterable(actions)), **table)

    with enforce(server):
        found, keys = list(account.items()), list(account.keys())
        payload = account.read(found[0])

    assert payload.parts[""].reveal() == "1"
    assert not any(isinstance(part, Unlisted) for part in [*found, *keys])


def test_the_policy_reads_only_what_the_patterns_name() -> None:
    settings = AwsSettings(
        account="111122223333", regions=("eu-west-1", "us-gov-west-1"), secrets=("voice/**", "tts/prod")
    )

    read = json.loads(policy(settings))["Statement"][1]

    assert read["Resource"] == [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:voice/*",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tts/prod-??????",
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:voice/*",
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:tts/prod-??????",
    ]


def actions(table: dict[str, Any], *, writes: bool) -> set[str]:
    settings = AwsSettings.model_validate({"regions": ["eu-west-1"]} | table)
    said = [line["Action"] for line in json.loads(policy(settings, writes=writes))["Statement"]]
    return set(itertools.chain.from_iterable([one] if isinstance(one, str) else one for one in said))


@pytest.mark.parametrize("table", [{"secrets": ["**"]}, {"parameters": ["**"]}, {"iam": True}])
def test_what_watches_may_change_nothing_and_what_rotates_may_do_all_that_it_does_not(table: dict[str, Any]) -> None:
    watches, rotates = actions(table, writes=False), actions(table, writes=True)

    changing = re.compile(r":(?:Put|Create|Update|Delete|Encrypt|GenerateDataKey)")
    assert not any(changing.search(action) for action in watches)
    assert watches < rotates
    assert any(changing.search(action) for action in rotates)


def test_what_rotates_deletes_no_parameter_but_its_own_slots() -> None:
    settings = AwsSettings(account="111122223333", regions=("eu-west-1",), parameters=("/voice/**",))

    granted = {
        tuple(line["Resource"])
        for line in json.loads(policy(settings, writes=True))["Statement"]
        if "ssm:DeleteParameter" in line["Action"]
    }

    assert granted == {("arn:aws:ssm:eu-west-1:111122223333:parameter/credwatch-pending/*",)}


def test_the_rights_to_rotate_are_enough_though_moto_looks_at_no_resource(
    limited: Any, admin: Any, server: str
) -> None:
    admin("secretsmanager").create_secret(Name="a", SecretString="old")
    admin("ssm").put_parameter(Name="/a", Value="old", Type="SecureString")
    admin("iam").create_user(UserName="tts")
    table = {"secrets": ["**"], "parameters": ["**"], "iam": True}
    account = limited(sorted(actions(table, writes=True)), **table, writes=True)
    tts = Facts(account=ACCOUNT, name="tts", traits={"user": "tts"})

    with enforce(server):
        for place in ("eu-west-1/a", "eu-west-1/ssm:/a"):
            item = Item("aws-prod", place)
            base = account.held(item).version
            staged = account.stage(item, Payload({"": Secret("new")}), "cw-mark-1", str(uuid.UUID(int=1)))
            promoted = account.promote(item, staged, base)
            account.discard(item, staged)
            account.revert(item, base, promoted)
        made = account.mint(tts, "cw-mark-1", None).facts
        account.disable(made)
        account.enable(made)
        account.revoke(made)

    assert [
        account.held(Item("aws-prod", place)).payload.parts[""].reveal()
        for place in ("eu-west-1/a", "eu-west-1/ssm:/a")
    ] == ["old", "old"]


@pytest.mark.parametrize(
    ("environ", "tables"),
    [
        ({}, []),
        ({"AWS_REGION": "eu-west-1"}, []),
        ({"AWS_PROFILE": "voice", "AWS_REGION": "eu-west-1"}, [("eu-west-1", None)]),
        ({"AWS_ACCESS_KEY_ID": "ASIAQNZGKIQY56JQ7WML"}, [("us-east-1", "029608264753")]),
        (
            {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/pod", "AWS_DEFAULT_REGION": "eu-west-3"},
            [("eu-west-3", "111122223333")],
        ),
    ],
)
def test_what_init_sees_in_the_environment(environ: dict[str, str], tables: list[tuple[str, str | None]]) -> None:
    found = [one.table for one in discover(environ)]

    assert [(table["regions"][0], table.get("account")) for table in found] == tables
    assert all(
        AwsSettings.model_validate({key: value for key, value in table.items() if key != "use"}) for table in found
    )


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"secrets": ["**"]},
        {"iam": True, "account": "1111"},
        {"iam": True, "assume": "credwatch-watch"},
        {"iam": True, "regions": ["eu-west-1/../"]},
        {"iam": True, "endpoint": "http://127.0.0.1"},
        {"iam": True, "access_key": {"id": "AKIA", "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_without_repeating_it(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        AwsSettings.model_validate(table)

    assert "wJalr" not in str(refused.value)


def test_importing_the_plug_in_loads_no_sdk() -> None:
    code = "import sys, credwatch_providers.aws; print({'boto3', 'botocore'} & sys.modules.keys())"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
