"""Which of Google's calls change nothing, and a gRPC channel that makes no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from credwatch.contract import ProviderError, Reason

_ASKS = (":getIamPolicy", ":testIamPermissions")
"""Reads that are POSTs."""
_READS = re.compile(r"/[\w.]+/(?:Access|Get|List|Test)[A-Z]\w*")


def harmless(method: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether it only asks."""
    del headers, body
    parts = urlsplit(url)
    return method == "POST" and not parts.query and parts.path.endswith(_ASKS)


def reading(channel: Any) -> Any:
    """The channel, without whatever may change something. ProviderError(MISCONFIGURED, permanent) before it is sent."""
    import grpc  # noqa: PLC0415  the SDK is loaded when a connection opens

    kind: Any = grpc.UnaryUnaryClientInterceptor

    class Reading(kind):  # type: ignore[misc]
        """All of Secret Manager's calls are one request and one answer."""

        def intercept_unary_unary(self, go_on: Callable[..., Any], call: Any, request: Any) -> Any:
            method = call.method.decode() if isinstance(call.method, bytes) else str(call.method)
            if not _READS.fullmatch(method):
                name = method.rpartition("/")[2]
                said = f"{name} may change something, and this connection was opened to read"
                raise ProviderError(Reason.MISCONFIGURED, said, permanent=True)
            return go_on(call, request)

    return grpc.intercept_channel(channel, Reading())
