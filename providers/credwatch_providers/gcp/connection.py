"""Our own identity at Google, the one gRPC client that carries it, and what Google's refusals mean."""

from __future__ import annotations

import functools
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from credwatch.contract import ConfigError, ProviderError, Reason, Reference, Setup
from credwatch_providers.gcp.reading import reading
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_REASONS = {
    "Unauthenticated": Reason.LOGIN_REFUSED,
    "PermissionDenied": Reason.FORBIDDEN,
    "NotFound": Reason.NOT_FOUND,
    "ResourceExhausted": Reason.RATE_LIMITED,
    "TooManyRequests": Reason.RATE_LIMITED,
    "DeadlineExceeded": Reason.TIMEOUT,
    "ServiceUnavailable": Reason.UNREACHABLE,
    "InternalServerError": Reason.SERVER_ERROR,
}
_WORDS = {
    "ServiceUnavailable": {
        Reason.TLS: re.compile(
            r"CERTIFICATE_VERIFY_FAILED|[Hh]andshake failed|not in peer certificate|[Hh]ostname [Vv]er"
        ),
        Reason.DNS: re.compile(r"DNS resolution|[Nn]ame resolution|Domain name not found"),
    },
    "ResourceExhausted": {Reason.TOO_LARGE: re.compile("larger than max")},
}
_SAID = {
    Reason.TLS: "no TLS connection that we trust",
    Reason.DNS: "the name has no address",
    Reason.TOO_LARGE: "an answer larger than any of Google's",
}
_PASSING = frozenset({Reason.UNREACHABLE, Reason.RATE_LIMITED, Reason.DNS})
_PERMANENT = frozenset({Reason.FORBIDDEN, Reason.LOGIN_REFUSED})
_PASSED = frozenset({"FailedPrecondition", "Aborted"})
"""How an etag is refused that is not the present one."""
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
_REGIONS = "/allowedLocations"
_BOUNDS = (("grpc.max_receive_message_length", 8 << 20),)
"""Bytes; a page of a hundred secrets is a hundredth of it."""


class Connection:
    """Made when first used, shared by threads, given up by `close`."""

    def __init__(self, setup: Setup[GcpSettings, GcpIssuerSettings]) -> None:
        self.settings = setup.settings
        self._ca, self._proxy, self.writes = setup.ca, setup.proxy, setup.writes
        self.timeout = setup.timeout.total_seconds()
        self._lock = threading.Lock()
        self._credentials: Any = None
        self._secrets: Any = None

    @property
    def secrets(self) -> Any:
        """The client of Secret Manager."""
        with self._lock:
            if self._secrets is None:
                self._secrets = self._client()
            return self._secrets

    @property
    def writer(self) -> Any:
        """The same client, for what changes something. ProviderError, permanent, where we were opened to read."""
        if not self.writes:
            raise ProviderError(Reason.MISCONFIGURED, "this connection was opened to read", permanent=True)
        return self.secrets

    @functools.cached_property
    def once(self) -> dict[str, Any]:
        """For each call that changes something: what became of one without an answer, nobody can know by asking again."""
        from google.api_core import timeout  # noqa: PLC0415  the SDK is loaded when a connection opens

        each: Any = timeout.ConstantTimeout
        return {"retry": None, "timeout": each(self.timeout)}

    @functools.cached_property
    def patience(self) -> dict[str, Any]:
        """For each call: what is tried again, and when it must have ended. A quota here is a quota for a minute."""
        from google.api_core import retry, timeout  # noqa: PLC0415  the SDK is loaded when a connection opens

        patient = retry.Retry(
            predicate=lambda error: reason_of(error) in _PASSING,
            initial=0.2,
            multiplier=2,
            maximum=20,
            timeout=3 * self.timeout,
        )
        each: Any = timeout.ConstantTimeout
        return {"retry": patient, "timeout": each(self.timeout)}

    def token(self) -> str:
        """An access token for Google's REST APIs, kept until it is about to end."""
        with self._lock, told():
            credentials = self._identity()
            if not credentials.valid:
                credentials.refresh(self._request())
            return str(credentials.token)

    def _request(self) -> Callable[..., Any]:
        """For an identity that has to ask somebody: by our trust and our proxy, whatever the environment says."""
        from google.auth.exceptions import TransportError  # noqa: PLC0415  the SDK is loaded when a connection opens
        from google.auth.transport.requests import Request  # noqa: PLC0415  the same

        kind: Any = TransportError
        unasked: Exception = kind("not asked")
        request: Any = Request()
        request.session.trust_env = False
        if self._ca:
            request.session.verify = str(self._ca)
        if self._proxy:
            request.session.proxies = {"https": self._proxy}

        def ask(url: str, *given: Any, **more: Any) -> Any:
            """Not where the library asks, from a thread of its own and with our token, in which regions we may be seen."""
            if url.endswith(_REGIONS):
                raise unasked
            return request(url, *given, **({"timeout": self.timeout} | more))

        return ask

    def close(self) -> None:
        """Give up the client and the identity. Used again, it logs in again."""
        with self._lock:
            if self._secrets is not None:
                self._secrets.transport.close()
            self._secrets = self._credentials = None

    def _client(self) -> Any:
        """Over gRPC, with our own CA where there is one; the host is ours to say, whatever the credentials name."""
        import grpc  # noqa: PLC0415  the SDK is loaded when a connection opens
        from google.auth.transport.grpc import AuthMetadataPlugin  # noqa: PLC0415  the same
        from google.cloud import secretmanager_v1  # noqa: PLC0415  the same

        client = secretmanager_v1.SecretManagerServiceClient
        made: Any = client.get_transport_class("grpc")

        def channel(host: str, *, credentials: Any, ssl_credentials: Any, **_: Any) -> Any:
            """None of the library's own, which takes its proxy from the environment and messages of any size."""
            signing: Any = AuthMetadataPlugin
            plugin = signing(credentials, self._request(), default_host=made.DEFAULT_HOST)
            whole = grpc.composite_channel_credentials(ssl_credentials, grpc.metadata_call_credentials(plugin))
            opened = grpc.secure_channel(host, whole, options=[*_way(host, self._proxy), *_BOUNDS])
            return opened if self.writes else reading(opened)

        with told():
            transport = made(
                host=self.settings.endpoint,
                channel=channel,
                credentials=self._identity(),
                ssl_channel_credentials=grpc.ssl_channel_credentials(self._ca.read_bytes() if self._ca else None),
            )
            return client(transport=transport)

    def _identity(self) -> Any:
        """The configured service account, which signs its own tokens and asks no token endpoint, or the default."""
        import google.auth  # noqa: PLC0415  the SDK is loaded when a connection opens

        if self._credentials is None:
            reference = self.settings.credentials
            self._credentials = _own(reference) if reference else _default(google.auth.default(scopes=[_SCOPE])[0])
        return self._credentials


def _default(credentials: Any) -> Any:
    """A service account's key signs its own tokens: the token endpoint that its file names is not asked."""
    signs = getattr(credentials, "with_always_use_jwt_access", None)
    return credentials if signs is None else signs(True)


def _own(reference: Reference) -> Any:
    from google.oauth2 import service_account  # noqa: PLC0415  the SDK is loaded when a connection opens

    kind: Any = service_account.Credentials
    try:
        made = kind.from_service_account_info(json.loads(reference.resolve().reveal()), scopes=[_SCOPE])
    except (ValueError, TypeError, AttributeError, RecursionError):
        said = "not the JSON of a service-account key. Put the file there that Google made"
        raise ConfigError(f"{reference}: {said}") from None
    return made.with_always_use_jwt_access(True)


def _way(host: str, proxy: str | None) -> list[tuple[str, Any]]:
    """How a channel gets there: by the configured proxy, or directly; this machine always directly."""
    if proxy is None or host.rpartition(":")[0] in _HERE:
        return [("grpc.enable_http_proxy", 0)]
    if not proxy.startswith("http://"):
        raise ConfigError("[network] proxy: Secret Manager can only be reached through one that is written http://…")
    return [("grpc.http_proxy", proxy)]


@contextmanager
def told(*, writing: bool = False) -> Iterator[None]:
    """Google's exceptions as ProviderError: the name of the refusal, and its words only where they name a missing right.

    Of a call that writes, a refusal is permanent, as nothing was changed; an etag that has passed is CONFLICT.
    """
    from google.api_core.exceptions import GoogleAPIError, RetryError  # noqa: PLC0415  the SDK is loaded by now
    from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415  the same

    try:
        yield
    except TransportError:
        raise ProviderError(Reason.UNREACHABLE, "Google's token endpoint cannot be reached") from None
    except GoogleAuthError as error:
        message = f"our own credentials: {type(error).__name__}"
        raise ProviderError(Reason.LOGIN_REFUSED, message, permanent=True) from None
    except GoogleAPIError as error:
        cause = error.cause if isinstance(error, RetryError) and error.cause else error
        name, reason = type(cause).__name__, reason_of(cause)
        if writing and name in _PASSED:
            reason = Reason.CONFLICT
        words = f", {' '.join(str(getattr(cause, 'message', '')).split())[:300]}" if reason is Reason.FORBIDDEN else ""
        said = f"{name}, {_SAID[reason]}" if reason in _SAID else name
        refused = writing and 400 <= (getattr(cause, "code", None) or 0) < 499 and reason is not Reason.RATE_LIMITED
        raise ProviderError(reason, said + words, permanent=refused or reason in _PERMANENT) from None


def reason_of(error: BaseException) -> Reason:
    """Ours for an exception of Google's. gRPC calls everything that is no connection unavailable; its words tell."""
    name, words = type(error).__name__, str(error)
    reason = _REASONS.get(name, Reason.UNEXPECTED)
    for told_by, expression in _WORDS.get(name, {}).items():
        if expression.search(words):
            return told_by
    return reason
