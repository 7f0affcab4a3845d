from typing import Any

import pytest

from credwatch.contract import ProviderError, Reason
from credwatch_providers.gcp.connection import told
from credwatch_providers.gcp.reading import harmless
from tests.servers.gcp import SecretManager

IAM = "https://iam.googleapis.com/v1/projects/p/serviceAccounts/a"


@pytest.mark.parametrize(
    ("method", "url", "answer"),
    [
        ("POST", f"{IAM}:testIamPermissions", True),
        ("POST", f"{IAM}:getIamPolicy", True),
        ("POST", f"{IAM}:setIamPolicy", False),
        ("POST", f"{IAM}/keys", False),
        ("POST", f"{IAM}/keys/k:disable", False),
        ("POST", f"{IAM}/keys?x=:getIamPolicy", False),
        ("POST", f"{IAM}:getIamPolicy?alt=:x", False),
        ("DELETE", f"{IAM}:getIamPolicy", False),
    ],
)
def test_only_questions_are_harmless(method: str, url: str, *, answer: bool) -> None:
    assert harmless(method, url, {}, b"{}") is answer


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("create_secret", {"parent": "projects/voice-prod-1", "secret_id": "x", "secret": {}}),
        ("add_secret_version", {"parent": "projects/voice-prod-1/secrets/tts", "payload": {"data": b"after"}}),
        ("update_secret", {"secret": {"name": "projects/voice-prod-1/secrets/tts"}, "update_mask": {"paths": []}}),
        ("disable_secret_version", {"name": "projects/voice-prod-1/secrets/tts/versions/1"}),
        ("destroy_secret_version", {"name": "projects/voice-prod-1/secrets/tts/versions/1"}),
        ("delete_secret", {"name": "projects/voice-prod-1/secrets/tts"}),
    ],
)
def test_the_watchs_client_sends_nothing_that_changes_something(opened: Any, method: str, request_: Any) -> None:
    connection = opened()._connection

    with pytest.raises(ProviderError) as raised, told():
        getattr(connection.secrets, method)(request=request_, **connection.patience)

    assert (raised.value.reason, raised.value.permanent) == (Reason.MISCONFIGURED, True)


def test_the_watchs_client_reads(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-1", "tts", b"before")
    made = opened()

    payload = made.read(next(made.items()))

    assert [leaf.reveal() for leaf in payload.parts.values()] == ["before"]
    assert {method for method, _ in google.calls} == {"ListSecrets", "ListSecretVersions", "AccessSecretVersion"}
