"""Amazon: moto behind a front that has small pages, and that refuses what it is told to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
import urllib3

from credwatch.contract import Inventory, Store
from credwatch.sandbox.server import Request, Response, Route
from credwatch.transport import Transport
from tests.conformance.grounds.ground import NAME, Ground, table
from tests.servers.moto import reset

OUR_ID, OUR_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYzz"
HOME, ABROAD = "eu-west-1", "us-east-1"
_PAGE = 2
_USER = re.compile(rb"<member>(?:(?!<member>).)*?</member>", re.DOTALL)
_ON_ITS_WAY = frozenset({"connection", "content-length", "transfer-encoding"})


class Front:
    """Hands every request on to moto, with the Host it came with: that is signed."""

    def __init__(self, moto: str) -> None:
        self._moto = moto

    def routes(self) -> Iterable[Route]:
        """Everything."""
        return [Route(method, ".*", self._answer) for method in ("GET", "POST", "PUT", "DELETE")]

    def _answer(self, request: Request) -> Response:
        body, marker = request.body, 0
        if request.headers.get("x-amz-target", "").endswith(".ListSecrets"):
            body = json.dumps(json.loads(body) | {"MaxResults": _PAGE}).encode()
        listing = action(request) == "ListUsers"
        if listing:
            marker = int(request.form().get("Marker", "0"))
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        said = urllib3.request(request.method, f"{self._moto}{request.path}", headers=headers, body=body, retries=False)
        kept = {name: value for name, value in said.headers.items() if name.lower() not in _ON_ITS_WAY}
        return Response(said.status, _page(said.data, marker) if listing else said.data, kept)


def action(request: Request) -> str:
    """The action that a form names."""
    return request.form().get("Action", "")


def _page(whole: bytes, start: int) -> bytes:
    """Moto lists all users at once: two of them, and where the next begin."""
    users = _USER.findall(whole)
    for user in (*users[:start], *users[start + _PAGE :]):
        whole = whole.replace(user, b"")
    if start + _PAGE >= len(users):
        return whole
    more = f"<IsTruncated>true</IsTruncated><Marker>{start + _PAGE}</Marker>".encode()
    return re.sub(rb"<IsTruncated>.*?</IsTruncated>", more, whole)


def _json_refusal(code: str) -> Response:
    headers = {"content-type": "application/x-amz-json-1.1"}
    return Response(400, json.dumps({"__type": code, "message": "no"}).encode(), headers)


def _xml_refusal(code: str, status: int) -> Response:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    return Response(status, body.encode(), {"content-type": "text/xml"})


class _Account(Ground):
    """An account at moto."""

    watched: dict[str, Any]

    def __init__(self, folder: Path, transport: Transport, moto: str) -> None:
        super().__init__(folder, transport)
        self._moto = moto

    def begin(self) -> None:
        reset(self._moto)
        self.serve(Front(self._moto))
        self.key = {"id": OUR_ID, "secret": self.reference("our-secret", OUR_SECRET)}

    def tables(self) -> str:
        ours = {"access_key": self.key, "regions": [HOME, ABROAD]} | self.watched
        return table(f"providers.{NAME}", use="aws", **ours) + table("issuers.aws", base_url=self.server.url)

    def refuse(self) -> None:
        self.answer(lambda _: _xml_refusal("InvalidClientTokenId", 403))

    def answer(self, instead: Callable[[Request], Response | None]) -> None:
        """What the front says in the place of moto."""
        assert self.gate is not None
        self.gate.answer = instead

    def client(self, service: str, region: str = HOME) -> Any:
        """Of whoever prepares the account."""
        given = {"aws_access_key_id": "admin", "aws_secret_access_key": "admin", "endpoint_url": self._moto}
        made: Any = boto3.client(service, region_name=region, **given)  # type: ignore[call-overload]
        self.running.callback(made.close)
        return made


class Secrets(_Account):
    """Two regions, one with four secrets and one with one."""

    use = "aws"
    power = Store
    labels = True
    watched = {"secrets": ["**"]}  # noqa: RUF012  read only

    def fill(self) -> None:
        for name in ("one", "two", "three", "four"):
            self.put(name, {"KEY": f"canary of {name}"})
        self._put("five", {"KEY": "canary of five"}, ABROAD)

    def take(self) -> str:
        self.client("secretsmanager").delete_secret(SecretId="four", ForceDeleteWithoutRecovery=True)
        return f"{HOME}/four"

    def shut(self) -> None:
        def closed(request: Request) -> Response | None:
            signed_for = request.headers.get("authorization", "")
            abroad = f"/{ABROAD}/secretsmanager/" in signed_for
            return _json_refusal("AccessDeniedException") if abroad else None

        self.answer(closed)

    def takes(self, name: str) -> bool:
        """Letters, digits and /_+=.@-, as CreateSecret documents it."""
        return re.fullmatch(r"[A-Za-z0-9/_+=.@-]{1,512}", name) is not None

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        self._put(name, fields, HOME, note)

    def _put(self, name: str, fields: Mapping[str, str], region: str, note: str = "plain") -> None:
        made = {"SecretString": json.dumps(fields), "Tags": [{"Key": "note", "Value": note}]}
        self.client("secretsmanager", region).create_secret(Name=name, **made)
        self.canaries |= {f"{name} {field}": value for field, value in fields.items()}


class Parameters(_Account):
    """Two regions, one with eleven parameters on moto's pages of ten, and one with one."""

    use = "aws"
    power = Store
    first_page = 10
    watched = {"parameters": ["**"]}  # noqa: RUF012  read only

    def fill(self) -> None:
        for number in range(self.first_page + 1):
            self.put(f"/n{number:02}", {"KEY": f"canary of {number}"})
        self._put("/five", {"KEY": "canary of five"}, ABROAD)

    def take(self) -> str:
        self.client("ssm").delete_parameter(Name="/n10")
        return f"{HOME}/ssm:/n10"

    def shut(self) -> None:
        def closed(request: Request) -> Response | None:
            abroad = f"/{ABROAD}/ssm/" in request.headers.get("authorization", "")
            return _json_refusal("AccessDeniedException") if abroad else None

        self.answer(closed)

    def takes(self, name: str) -> bool:
        """Letters, digits and _.-, in parts after slashes, as PutParameter documents it."""
        return re.fullmatch(r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+", name) is not None

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del note
        self._put(name, fields, HOME)

    def _put(self, name: str, fields: Mapping[str, str], region: str) -> None:
        self.client("ssm", region).put_parameter(Name=name, Value=json.dumps(fields), Type="SecureString")
        self.canaries |= {f"{name} {field}": value for field, value in fields.items()}


class AccessKeys(_Account):
    """Four users with a key each, on pages of two."""

    use = "aws"
    power = Inventory
    watched = {"iam": True}  # noqa: RUF012  read only

    def begin(self) -> None:
        super().begin()
        self._iam = self.client("iam")
        self._keys: dict[str, str] = {}

    def fill(self) -> None:
        for name in ("one", "two", "three", "four"):
            self.put(name, {})

    def take(self) -> str:
        self._iam.delete_access_key(UserName="four", AccessKeyId=self._keys["four"])
        return f"123456789012/{self._keys['four']}"

    def shut(self) -> None:
        self.answer(lambda request: _xml_refusal("AccessDenied", 403) if action(request) == "ListUsers" else None)

    def takes(self, name: str) -> bool:
        """Letters, digits and _+=,.@-, as CreateUser documents it."""
        return re.fullmatch(r"[A-Za-z0-9_+=,.@-]{1,64}", name) is not None

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del fields, note
        self._iam.create_user(UserName=name)
        made = self._iam.create_access_key(UserName=name)["AccessKey"]
        self._keys[name] = made["AccessKeyId"]
        self.canaries[name] = made["SecretAccessKey"]
