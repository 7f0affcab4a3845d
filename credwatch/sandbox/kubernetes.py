"""A local Kubernetes API: the Secrets of its namespaces, with versions that are compared and rights that are asked."""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.merging import merged
from credwatch.sandbox.server import Request, Response, Route

_SECRETS = "/api/v1/namespaces/(?P<namespace>[^/]+)/secrets"
_ONE = f"{_SECRETS}/(?P<name>[^/]+)"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_LARGEST = 1 << 20
_CODES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "AlreadyExists": 409,
    "Conflict": 409,
    "Expired": 410,
    "UnsupportedMediaType": 415,
    "Invalid": 422,
}


class _Refused(Exception):  # noqa: N818  a refusal is an answer, not a fault
    """A `Status` with this reason."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(reason)
        code = _CODES[reason]
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code}
        self.answer = Response.json(status | {"reason": reason, "message": message or reason}, code)


@dataclass
class Kubernetes:
    """An app for the sandbox's server. Everything is in memory."""

    clock: Clock = SYSTEM
    page: int = 500
    """So many objects stand in one answer at most."""
    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict, repr=False)
    """Namespace and name to a Secret."""
    accounts: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict, repr=False)
    """A token to the verbs and namespaces that it may use."""
    _version: int = 1000
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _begun: int = 0
    """How many listings were begun."""
    _expired: int = 0
    """So many of them cannot be continued."""

    def allow(self, token: str, namespaces: Iterable[str], *verbs: str) -> None:
        """A token may do this there, and nothing else."""
        self.accounts[token] = frozenset((verb, namespace) for verb in verbs for namespace in namespaces)

    def put(self, namespace: str, name: str, data: Mapping[str, bytes], **more: Any) -> dict[str, Any]:
        """A Secret, as an administrator makes or replaces it; `more` are further fields, `metadata` among them."""
        with self._lock:
            there = self.objects.get((namespace, name))
            metadata = {"name": name} | more.pop("metadata", {})
            encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
            made = {"type": "Opaque"} | more | {"metadata": metadata, "data": encoded}
            if there is None:
                return self._made(namespace, made)
            kept = there["metadata"] | metadata
            return self._replaced(there, there | more | {"metadata": kept, "data": encoded})

    def expire(self) -> None:
        """No listing that was begun can be continued."""
        self._expired = self._begun

    def routes(self) -> Iterable[Route]:
        """The paths of an API server that Secrets need."""
        for method, pattern, verb in (
            ("GET", "/version", ""),
            ("GET", _SECRETS, "list"),
            ("POST", _SECRETS, "create"),
            ("GET", _ONE, "get"),
            ("PATCH", _ONE, "patch"),
            ("DELETE", _ONE, "delete"),
        ):
            yield Route(method, pattern, self._asked(verb))

    def _asked(self, verb: str) -> Any:
        answer = getattr(self, f"_{verb or 'told'}")

        def handle(request: Request) -> Response:
            with self._lock:
                try:
                    self._authorise(request, verb)
                    done: Response = answer(request)
                except _Refused as refused:
                    return refused.answer
            return done

        return handle

    def _authorise(self, request: Request, verb: str) -> None:
        allowed = self.accounts.get(request.authorization("Bearer"))
        if allowed is None:
            raise _Refused("Unauthorized")
        if verb and (verb, request.groups["namespace"]) not in allowed:
            raise _Refused("Forbidden", f"secrets is forbidden: cannot {verb} resource")

    def _told(self, _: Request) -> Response:
        return Response.json({"major": "1", "minor": "34", "gitVersion": "v1.34.1"})

    def _list(self, request: Request) -> Response:
        namespace = request.groups["namespace"]
        mine = sorted(name for space, name in self.objects if space == namespace)
        unwanted = request.query.get("fieldSelector", "").removeprefix("type!=")
        mine = [name for name in mine if not unwanted or self.objects[namespace, name]["type"] != unwanted]
        if further := request.query.get("continue"):
            after, begun = json.loads(base64.b64decode(further))
            if begun <= self._expired:
                raise _Refused("Expired", "The provided continue parameter is too old")
            mine = [name for name in mine if name > after]
        else:
            self._begun = begun = self._begun + 1
        size = min(self.page, int(request.query.get("limit", self.page)))
        shown, rest = mine[:size], mine[size:]
        only_metadata = "as=PartialObjectMetadataList" in request.headers.get("accept", "")
        rows = [self.objects[namespace, name] for name in shown]
        told: dict[str, Any] = {"resourceVersion": str(self._version)}
        if rest:
            token = base64.b64encode(json.dumps([shown[-1], begun]).encode()).decode()
            told |= {"continue": token, "remainingItemCount": len(rest)}
        return Response.json(
            {
                "kind": "PartialObjectMetadataList" if only_metadata else "SecretList",
                "apiVersion": "meta.k8s.io/v1" if only_metadata else "v1",
                "metadata": told,
                "items": [{"metadata": row["metadata"]} if only_metadata else row for row in rows],
            }
        )

    def _get(self, request: Request) -> Response:
        return Response.json(self._there(request))

    def _create(self, request: Request) -> Response:
        made = self._body(request, "application/json")
        namespace = request.groups["namespace"]
        if (namespace, str((made.get("metadata") or {}).get("name"))) in self.objects:
            raise _Refused("AlreadyExists")
        return Response.json(self._made(namespace, made), 201)

    def _patch(self, request: Request) -> Response:
        change = self._body(request, "application/merge-patch+json")
        there = self._there(request)
        self._compare(there, (change.get("metadata") or {}).get("resourceVersion"))
        return Response.json(self._replaced(there, merged(there, change)))

    def _delete(self, request: Request) -> Response:
        there = self._there(request)
        options = request.json() if request.body else {}
        self._compare(there, (options.get("preconditions") or {}).get("resourceVersion"))
        del self.objects[request.groups["namespace"], request.groups["name"]]
        self._version += 1
        return Response.json({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})

    def _there(self, request: Request) -> dict[str, Any]:
        found = self.objects.get((request.groups["namespace"], request.groups["name"]))
        if found is None:
            raise _Refused("NotFound")
        return found

    @staticmethod
    def _body(request: Request, kind: str) -> dict[str, Any]:
        if request.headers.get("content-type") != kind:
            raise _Refused("UnsupportedMediaType")
        read = request.json()
        if not isinstance(read, dict):
            raise _Refused("BadRequest")
        return read

    @staticmethod
    def _compare(there: Mapping[str, Any], version: object) -> None:
        if version is not None and version != there["metadata"]["resourceVersion"]:
            raise _Refused("Conflict", "the object has been modified; please apply your changes to the latest version")

    def _made(self, namespace: str, made: Mapping[str, Any]) -> dict[str, Any]:
        now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata = dict(made.get("metadata") or {})
        metadata |= {"namespace": namespace, "uid": str(uuid.uuid4()), "creationTimestamp": now}
        new = {"kind": "Secret", "apiVersion": "v1"} | dict(made) | {"metadata": metadata}
        return self._kept(new | {"type": made.get("type") or "Opaque"}, data=True)

    def _replaced(self, there: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """A change that changes nothing gives no new version."""
        new["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"]
        if new == there:
            return new
        if there.get("immutable") and (new.get("data"), new.get("immutable")) != (there.get("data"), True):
            raise _Refused("Invalid", "data: Forbidden: field is immutable when `immutable` is set")
        if new["type"] != there["type"]:
            raise _Refused("Invalid", "type: Invalid value: field is immutable")
        return self._kept(new, data=new.get("data") != there.get("data"))

    def _kept(self, new: dict[str, Any], *, data: bool) -> dict[str, Any]:
        metadata = new["metadata"]
        if not _NAME.fullmatch(metadata.get("name", "")):
            raise _Refused("Invalid", "metadata.name: Invalid value")
        if not all(_KEY.fullmatch(key) for key in new.get("data") or {}):
            raise _Refused("Invalid", "data: Invalid value")
        try:
            sizes = [len(base64.b64decode(value, validate=True)) for value in (new.get("data") or {}).values()]
        except (binascii.Error, TypeError):
            raise _Refused("BadRequest", "illegal base64 data") from None
        if sum(sizes) > _LARGEST:
            raise _Refused("Invalid", f"data: Too long: may not be more than {_LARGEST} bytes")
        self._version += 1
        metadata["resourceVersion"] = str(self._version)
        if data:
            now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
            fields: dict[str, Any] = {"f:data": {f"f:{key}": {} for key in new.get("data") or {}}}
            metadata["managedFields"] = [{"manager": "kubectl", "operation": "Update", "time": now, "fieldsV1": fields}]
        self.objects[metadata["namespace"], metadata["name"]] = new
        return new
