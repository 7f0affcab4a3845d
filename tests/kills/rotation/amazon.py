"""An AWS account at moto, each of whose requests is seen: users and their access keys, secrets, and parameters."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.server import Request, Response, Route
from tests.kills.rotation.blobs import Blobs
from tests.kills.rotation.makers import Maker
from tests.kills.rotation.shelves import Fields

SERVER = Path(__file__).with_name("amazon_server.py")
REGION = "eu-west-1"
_READS = re.compile(r"(?:AssumeRole|BatchGet|Describe|Get|List|Simulate)[A-Za-z]*")
_NAMES = {"secretsmanager": "secretsmanager", "ssm": "AmazonSSM"}


def operation(request: Request) -> str:
    """What is asked: in a header for JSON, in the form for IAM and STS."""
    target = request.headers.get("x-amz-target", "")
    return target.rpartition(".")[2] or request.form().get("Action", "")


def reads(request: Request) -> bool:
    """Whether it changes nothing."""
    return _READS.fullmatch(operation(request)) is not None


class Amazon:
    """The account; as an app, it hands every request on to moto."""

    def __init__(self, url: str) -> None:
        self._url = url

    def routes(self) -> Iterator[Route]:
        """All of AWS's services are at one path."""
        yield Route("POST", "/", self._handed_on)

    def _handed_on(self, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name != "connection"}
        asked = urllib.request.Request(f"{self._url}/", data=request.body, headers=headers)  # noqa: S310  loopback
        try:
            with urllib.request.urlopen(asked, timeout=30) as reply:  # noqa: S310  the same
                return Response(reply.status, reply.read(), _passed(reply.headers.items()))
        except urllib.request.HTTPError as refused:
            with refused:
                return Response(refused.code, refused.read(), _passed(refused.headers.items()))

    def seen(self) -> dict[str, Any]:
        """All that there is."""
        said: dict[str, Any] = self._asked("kept")
        return said

    def keep(self) -> None:
        """This is the beginning."""
        self._asked("kept/keep")

    def go_back(self) -> None:
        """To the beginning."""
        self._asked("kept/go-back")

    def ask(self, service: str, what: str, **given: Any) -> dict[str, Any]:
        """A request of a person's, as JSON."""
        target = {"x-amz-target": f"{_NAMES[service]}.{what}", "content-type": "application/x-amz-json-1.1"}
        answer = self._handed_on(Request("POST", "/", headers=_by(service) | target, body=json.dumps(given).encode()))
        assert answer.status == 200, answer.body
        said: dict[str, Any] = json.loads(answer.body)
        return said

    def user(self, name: str) -> None:
        """A new one with one access key."""
        for action in ("CreateUser", "CreateAccessKey"):
            form = urllib.parse.urlencode({"Action": action, "UserName": name, "Version": "2010-05-08"})
            answer = self._handed_on(Request("POST", "/", headers=_by("iam"), body=form.encode()))
            assert answer.status == 200, answer.body

    def _asked(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self._url}/{path}", timeout=30) as reply:  # noqa: S310  loopback
            return json.loads(reply.read())


def _by(service: str) -> dict[str, str]:
    """The headers by which moto tells services apart; it lets a person in unsigned."""
    scope = f"Credential=person/20260101/{REGION}/{service}/aws4_request"
    form = "application/x-www-form-urlencoded"
    return {"authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", "content-type": form}


def _passed(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """All but what a server says of its own connection."""
    own = {"connection", "content-length", "date", "server", "transfer-encoding"}
    return {name: value for name, value in headers if name.lower() not in own}


class AccessKeys(Maker):
    """Every key has a user of its own, who may have one more."""

    name = "aws"

    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon
        self.kept: list[Key] = []

    def every(self) -> list[Key]:
        there = [_key(said) for said in self._amazon.seen()["keys"]]
        ids = {key.id for key in there}
        return there + [replace(key, state=State.DELETED) for key in self.kept if key.id not in ids]

    def issue(self, name: str) -> Key:
        user = name.replace(" ", ".")
        self._amazon.user(user)
        return next(key for key in self.every() if key.account == user)

    def fields(self, key: Key) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.value}

    def keep(self) -> None:
        super().keep()
        self._amazon.keep()

    def go_back(self) -> None:
        self._amazon.go_back()

    def changed(self) -> bool:
        return self.every() != self.kept


def _key(said: Mapping[str, Any]) -> Key:
    state = State.ALIVE if said["active"] else State.DISABLED
    user, created = said["user"], datetime.fromisoformat(said["created"])
    return Key(said["id"], said["value"], user, created, account=user, state=state)


class Secrets(Blobs):
    """Secrets Manager, and the table of the account."""

    provider = "aws-prod"

    def __init__(self, amazon: Amazon, url: str, references: Any) -> None:
        self._amazon, self._url = amazon, url
        keys = {name: AccessKeys(amazon).issue(name) for name in ("watch", "rotate")}
        self._ours = {
            name: f'{{ id = "{key.id}", secret = "{references(f"aws-{name}", key.value)}" }}'
            for name, key in keys.items()
        }

    def tables(self) -> str:
        account = f'use = "aws"\nregions = ["{REGION}"]\naccess_key = {self._ours["watch"]}\n'
        return (
            f'[issuers.aws]\nbase_url = "{self._url}"\n'
            f'[providers.aws-prod]\n{account}secrets = ["**"]\niam = true\n'
            f'[providers.aws-parameters]\n{account}parameters = ["**"]\n'
        )

    def identity(self) -> str:
        return f"{{ access_key = {self._ours['rotate']} }}"

    def lay(self, name: str, fields: Fields) -> None:
        if name not in self._amazon.seen()["secrets"]:
            tags = [{"Key": "team", "Value": "voice"}]
            given = {"Description": "of the voice agent", "Tags": tags, "SecretString": json.dumps(dict(fields))}
            self._amazon.ask("secretsmanager", "CreateSecret", Name=name, ClientRequestToken=f"{name:-<32}", **given)

    def write(self, name: str, fields: Fields) -> None:
        """Moto, once a label was moved, leaves AWSCURRENT on the version before as well: there it is taken off."""
        ask = partial(self._amazon.ask, "secretsmanager", SecretId=name)
        token = f"{name}-{len(self._amazon.seen()['secrets'][name]['labels'])}"
        made = ask("PutSecretValue", SecretString=json.dumps(dict(fields)), ClientRequestToken=f"{token:-<32}")
        for version, labels in self._amazon.seen()["secrets"][name]["labels"].items():
            if version != made["VersionId"] and "AWSCURRENT" in labels:
                ask("UpdateSecretVersionStage", VersionStage="AWSCURRENT", RemoveFromVersionId=version)

    def text(self, name: str) -> str:
        return str(self._amazon.seen()["secrets"][name]["value"])

    def more(self, name: str) -> object:
        return self._amazon.seen()["secrets"][name]["more"]

    def leftover(self) -> bool:
        found = self._amazon.seen()["secrets"].values()
        labels = [label for secret in found for held in secret["labels"].values() for label in held]
        return any(label == "AWSPENDING" or label.startswith("cw-") for label in labels)

    def clear(self) -> None:
        """The account went back already."""


class Parameters(Blobs):
    """The Parameter Store of the same account, by a table of its own."""

    provider = "aws-parameters"

    def __init__(self, amazon: Amazon, identity: str) -> None:
        self._amazon, self._identity = amazon, identity

    def tables(self) -> str:
        return ""  # beside the account's

    def identity(self) -> str:
        return self._identity

    def lay(self, name: str, fields: Fields) -> None:
        if name not in self._amazon.seen()["parameters"]:
            self._put(name, fields, Description="of the voice agent")

    def write(self, name: str, fields: Fields) -> None:
        self._put(name, fields, Description="of the voice agent", Overwrite=True)

    def _put(self, name: str, fields: Fields, **more: Any) -> None:
        text = json.dumps(dict(fields))
        self._amazon.ask("ssm", "PutParameter", Name=name, Type="SecureString", Value=text, **more)

    def text(self, name: str) -> str:
        return str(self._amazon.seen()["parameters"][name]["value"])

    def more(self, name: str) -> object:
        return self._amazon.seen()["parameters"][name]["more"]

    def leftover(self) -> bool:
        return any("credwatch" in name for name in self._amazon.seen()["parameters"])

    def clear(self) -> None:
        """The account went back already."""
