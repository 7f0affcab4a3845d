"""moto in a process of its own, whose state a test keeps, goes back to, and sees as a whole.

It refuses keys that are not there or not Active, which moto by itself does not: STS documents it so.
The only argument is the port.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends
from werkzeug.serving import run_simple

REGION = "eu-west-1"
_KEY = re.compile(r"Credential=(AKIA[A-Z0-9]{16})/")
_REFUSED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>"
    "<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>"
)


class Kept:
    """The state of one account and region."""

    def __init__(self) -> None:
        self._iam: Any = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self._secrets: Any = secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION]
        self._parameters: Any = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]
        self._kept: list[dict[str, Any]] = []

    def _now(self) -> list[dict[str, Any]]:
        """Users and keys hold each other, and are copied together."""
        return [self._iam.users, self._iam.access_keys, self._secrets.secrets, self._parameters._parameters]

    def keep(self) -> None:
        """This is the beginning."""
        self._kept = copy.deepcopy([dict(each) for each in self._now()])

    def go_back(self) -> None:
        """All is as it was."""
        for each, kept in zip(self._now(), copy.deepcopy(self._kept), strict=True):
            dict.clear(each)
            dict.update(each, kept)

    def refuses(self, key_id: str) -> bool:
        """Whether no request with this key is taken."""
        key = self._iam.access_keys.get(key_id)
        return key is None or key.status != "Active"

    def seen(self) -> dict[str, Any]:
        """All that matters of it."""
        return {
            "secrets": {secret.name: _secret(secret) for secret in dict.values(self._secrets.secrets)},
            "parameters": {name: _parameter(held[-1]) for name, held in self._parameters._parameters.items() if held},
            "keys": [
                {
                    "id": key.access_key_id,
                    "value": key.secret_access_key,
                    "user": key.user_name,
                    "active": key.status == "Active",
                    "created": key.create_date.isoformat(),
                }
                for key in self._iam.access_keys.values()
            ],
        }


def _secret(secret: Any) -> dict[str, Any]:
    """As its readers get it, and what else it has."""
    labels = {version: held["version_stages"] for version, held in secret.versions.items()}
    current = next(version for version, held in labels.items() if "AWSCURRENT" in held)
    more = [secret.description, secret.tags, secret.kms_key_id]
    return {"value": secret.versions[current]["secret_string"], "labels": labels, "more": more}


def _parameter(newest: Any) -> dict[str, Any]:
    return {"value": newest.decrypt(newest.value), "more": [newest.parameter_type, newest.description, newest.keyid]}


class Account:
    """The application: moto's own behind what a test asks."""

    def __init__(self) -> None:
        self._moto: Any = DomainDispatcherApplication(create_backend_app)
        self._kept = Kept()

    def __call__(self, environ: dict[str, Any], begin: Callable[..., Any]) -> Iterable[bytes]:
        """One request."""
        match environ["PATH_INFO"]:
            case "/kept/keep":
                self._kept.keep()
                return _answered(begin, "200 OK", "{}")
            case "/kept/go-back":
                self._kept.go_back()
                return _answered(begin, "200 OK", "{}")
            case "/kept":
                return _answered(begin, "200 OK", json.dumps(self._kept.seen()))
        key = _KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        if key and self._kept.refuses(key[1]):
            return _answered(begin, "403 Forbidden", _REFUSED)
        answer: Iterable[bytes] = self._moto(environ, begin)
        return answer


def _answered(begin: Callable[..., Any], status: str, text: str) -> list[bytes]:
    kind = "text/xml" if text.startswith("<") else "application/json"
    begin(status, [("Content-Type", kind), ("Content-Length", str(len(text)))])
    return [text.encode()]


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), Account(), threaded=True, request_handler=MotoRequestHandler)
