"""How Secret Manager is written: etags, states and limits as Google documents them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import grpc
from google.cloud import secretmanager_v1 as api

_ANNOTATION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_ANNOTATIONS = 16 << 10
_PAYLOAD = 64 << 10
_REFUSED = grpc.StatusCode.FAILED_PRECONDITION


class Writing:
    """The methods that change something. An etag that is given must be the present one, and each change makes a new one."""

    secrets: dict[str, api.Secret]
    versions: dict[str, list[api.SecretVersion]]
    values: dict[str, bytes]
    _etag = 0

    def etag(self) -> str:
        """One that was never there."""
        self._etag += 1
        return f'"{self._etag:x}"'

    def get_secret(self, request: Any, context: grpc.ServicerContext) -> api.Secret:
        return self._secret(request.name, context)

    def update_secret(self, request: Any, context: grpc.ServicerContext) -> api.Secret:
        held = self._secret(request.secret.name, context)
        if request.secret.etag and request.secret.etag != held.etag:
            context.abort(_REFUSED, "The etag provided does not match the current etag of the secret.")
        if list(request.update_mask.paths) != ["annotations"]:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "This server changes annotations only.")
        annotations = dict(request.secret.annotations)
        size = sum(len(key) + len(value) for key, value in annotations.items())
        if size > _ANNOTATIONS or not all(_ANNOTATION.fullmatch(key) for key in annotations):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Annotations are not valid.")
        held.annotations = annotations
        held.etag = self.etag()
        return held

    def add_version(self, request: Any, context: grpc.ServicerContext) -> api.SecretVersion:
        self._secret(request.parent, context)
        if len(request.payload.data) > _PAYLOAD:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The secret payload is too large.")
        versions = self.versions[request.parent]
        name = f"{request.parent}/versions/{len(versions) + 1}"
        made = api.SecretVersion(name=name, state="ENABLED", create_time=datetime.now(UTC), etag=self.etag())
        versions.append(made)
        self.values[name] = request.payload.data
        return made

    def destroy(self, request: Any, context: grpc.ServicerContext) -> api.SecretVersion:
        """For good; a version that is destroyed already is refused."""
        found = self._version(request, context)
        if found.state.name == "DESTROYED":
            context.abort(_REFUSED, f"Secret Version [{found.name}] is in DESTROYED state.")
        found.state, found.etag = "DESTROYED", self.etag()  # type: ignore[assignment]
        self.values.pop(found.name)
        return found

    def _secret(self, name: str, context: grpc.ServicerContext) -> api.Secret:
        if name not in self.secrets:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{name}] not found.")
        return self.secrets[name]

    def _version(self, request: Any, context: grpc.ServicerContext) -> api.SecretVersion:
        path = request.name.partition("/versions/")[0]
        found = [one for one in self.versions.get(path, []) if one.name == request.name]
        if not found:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret Version [{request.name}] not found.")
        if request.etag and request.etag != found[0].etag:
            context.abort(_REFUSED, "The etag provided does not match the current etag of the version.")
        return found[0]

    def writing(self) -> Mapping[str, tuple[Any, Any, Any]]:
        """Method to what answers it, its request and its response."""
        return {
            "GetSecret": (self.get_secret, api.GetSecretRequest, api.Secret),
            "UpdateSecret": (self.update_secret, api.UpdateSecretRequest, api.Secret),
            "AddSecretVersion": (self.add_version, api.AddSecretVersionRequest, api.SecretVersion),
            "DestroySecretVersion": (self.destroy, api.DestroySecretVersionRequest, api.SecretVersion),
        }
