"""Clients of one account: whose keys they carry, who we are there, and what their refusals mean."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from credwatch.contract import ProviderError, Reason, Secret, Setup, TransportError
from credwatch_providers.aws.keys import skewed
from credwatch_providers.aws.sending import sender
from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings, Keys

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

_CODES: dict[Reason, frozenset[str]] = {
    Reason.FORBIDDEN: frozenset(
        {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OptInRequired", "DecryptionFailure", "403"}
    ),
    Reason.LOGIN_REFUSED: frozenset(
        {
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        }
    ),
    Reason.NOT_FOUND: frozenset(
        {"NoSuchEntity", "ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"}
    ),
    Reason.CONFLICT: frozenset({"ParameterAlreadyExists", "ResourceExistsException"}),
    Reason.AT_LIMIT: frozenset({"LimitExceeded"}),
    Reason.RATE_LIMITED: frozenset(
        {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException", "TooManyUpdates"}
    ),
    Reason.CLOCK_SKEW: frozenset({"RequestExpired", "RequestTimeTooSkewed"}),
}
_CLIENT_FAILURES = {
    "ConnectTimeoutError": Reason.TIMEOUT,
    "ReadTimeoutError": Reason.TIMEOUT,
    "SSLError": Reason.TLS,
    "PaginationError": Reason.BROKEN,
    "CredentialRetrievalError": Reason.LOGIN_REFUSED,
    "NoCredentialsError": Reason.LOGIN_REFUSED,
    "PartialCredentialsError": Reason.LOGIN_REFUSED,
    "ProfileNotFound": Reason.LOGIN_REFUSED,
    "SSOTokenLoadError": Reason.LOGIN_REFUSED,
    "TokenRetrievalError": Reason.LOGIN_REFUSED,
    "UnauthorizedSSOTokenError": Reason.LOGIN_REFUSED,
}
_PERMANENT = frozenset({Reason.FORBIDDEN, Reason.LOGIN_REFUSED, Reason.WRONG_ACCOUNT})
_making = threading.Lock()
"""A boto3 session makes clients for one thread at a time; the clients themselves may be shared."""


@functools.cache
def _session(proxy: str | None, ca: Path | None) -> Any:
    """The one session of this process: its loader and endpoint rules cost more than all clients.

    Where the default chain asks STS for keys of its own, it does so by this proxy and this trust.
    """
    import boto3  # noqa: PLC0415  the SDK is loaded when a connection opens
    from botocore.config import Config  # noqa: PLC0415  the same
    from botocore.session import Session  # noqa: PLC0415  the same

    core = Session()
    core.set_default_client_config(Config(proxies={"https": proxy} if proxy else {}))
    if ca:
        core.set_config_variable("ca_bundle", str(ca))
    return boto3.Session(botocore_session=core)


@dataclass(frozen=True)
class Identity:
    """Who STS says that we are."""

    account: str
    arn: str


class Connection:
    """The account that a table names. Clients are made when first used, shared by threads, and closed by `close`."""

    def __init__(self, setup: Setup[AwsSettings, AwsIssuerSettings], session: Any = None) -> None:
        self.settings = setup.settings
        self._base_url: str | None = setup.issuer.base_url
        self._proxy, self._ca = setup.proxy, setup.ca
        self._send = sender(setup.reach)
        self._session = session
        self._lock = threading.RLock()
        self.writes = setup.writes
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._keys: Keys | None = None
        self._identity: Identity | None = None

    def secrets(self, region: str, *, writing: bool = False) -> SecretsManagerClient:
        """Secrets Manager in one region."""
        return cast("SecretsManagerClient", self._client("secretsmanager", region, writing=writing))

    def parameters(self, region: str, *, writing: bool = False) -> SSMClient:
        """The Parameter Store of one region."""
        return cast("SSMClient", self._client("ssm", region, writing=writing))

    def iam(self, *, writing: bool = False) -> IAMClient:
        """IAM, which has no region."""
        return cast("IAMClient", self._client("iam", self.settings.home, writing=writing))

    def identity(self) -> Identity:
        """Who we are, asked once. ProviderError WRONG_ACCOUNT when that is not the account that was configured."""
        with self._lock:
            if self._identity is None:
                sts = cast("STSClient", self._client("sts", self.settings.home))
                with told():
                    said = sts.get_caller_identity()
                    self._identity = Identity(said["Account"], said["Arn"])
            expected = self.settings.account
            if expected and self._identity.account != expected:
                message = f"our credentials lead to account {self._identity.account}, configured is {expected}"
                raise ProviderError(Reason.WRONG_ACCOUNT, message, permanent=True)
            return self._identity

    def close(self) -> None:
        """Give up every client and identity. Used again, it logs in again."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            self._keys = self._identity = None

    def _client(self, service: str, region: str, *, writing: bool = False) -> Any:
        if writing and not self.writes:
            raise ProviderError(Reason.MISCONFIGURED, "this connection was opened to read", permanent=True)
        with self._lock:
            client = self._clients.get((service, region, writing))
            if client is None:
                self._keys = self._keys or self._log_in()
                client = self._make(service, region, self._keys, attempts=1 if writing else 3)
                self._clients[service, region, writing] = client
            return client

    def _log_in(self) -> Keys:
        given = self.settings.access_key
        own = given.resolve() if given else Keys()
        if self.settings.assume is None:
            return own
        sts = cast("STSClient", self._make("sts", self.settings.home, own))
        try:
            with told():
                role = sts.assume_role(RoleArn=self.settings.assume, RoleSessionName="credwatch")["Credentials"]
                return Keys(role["AccessKeyId"], Secret(role["SecretAccessKey"]), Secret(role["SessionToken"]))
        finally:
            sts.close()

    def _make(self, service: str, region: str, keys: Keys, attempts: int = 3) -> Any:
        """A client. One that writes tries once: what became of a request without an answer, botocore cannot know."""
        from botocore.config import Config  # noqa: PLC0415  the SDK is loaded when a connection opens

        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # the stubs have yet to learn it
            user_agent_extra="credwatch",
        )
        with _making, told():
            client = (self._session or _session(self._proxy, self._ca)).client(
                service,
                region_name=region,
                endpoint_url=self._base_url,
                aws_access_key_id=keys.id,
                aws_secret_access_key=keys.secret and keys.secret.reveal(),
                aws_session_token=keys.token and keys.token.reveal(),
                config=config,
            )
            client.meta.events.register("before-send", self._send)
            return client


@contextmanager
def told(*, writing: bool = False) -> Iterator[None]:
    """AWS's and botocore's exceptions as ProviderError: the code, and its words only where they name a missing right.

    What is read from an answer is read in here too: botocore hands on, or trips over, a body that is none of AWS's.
    Of a request that writes, a refusal in AWS's own words is permanent: nothing was changed.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415  the SDK is loaded by now
    from botocore.parsers import ResponseParserError  # noqa: PLC0415  the same

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        code, message = str(said.get("Code", "")), str(said.get("Message", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        reason = _reason(code, message, status)
        right = ", " + " ".join(message.split())[:300] if reason is Reason.FORBIDDEN else ""
        refused = writing and 400 <= status < 500 and status != 429 and reason is not Reason.RATE_LIMITED
        permanent = refused or reason in _PERMANENT
        raise ProviderError(reason, f"{error.operation_name}: {code}{right}", permanent=permanent) from None
    except BotoCoreError as error:
        if isinstance(error, HTTPClientError) and isinstance(error.__cause__, TransportError):
            raise TransportError(error.__cause__.reason, str(error.__cause__)) from None
        name = type(error).__name__
        reason = _CLIENT_FAILURES.get(name, Reason.UNREACHABLE)
        raise ProviderError(reason, name, permanent=reason in _PERMANENT) from None
    except (ResponseParserError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise ProviderError(Reason.UNREADABLE, "an answer that is not as AWS documents it") from None


@contextmanager
def there() -> Iterator[None]:
    """What was deleted, or is planned to be, is not found, permanently: nothing brings it back by itself."""
    try:
        yield
    except ProviderError as error:
        if error.reason not in {Reason.NOT_FOUND, Reason.SCHEDULED_FOR_DELETION}:
            raise
        raise ProviderError(Reason.NOT_FOUND, f"{error}: it was deleted", permanent=True) from None


def _reason(code: str, message: str, status: int) -> Reason:
    if code == "InvalidRequestException" and re.search("delet(?:ed|ion)", message):
        return Reason.SCHEDULED_FOR_DELETION
    if code in {"SignatureDoesNotMatch", "InvalidSignatureException"} and skewed(message):
        return Reason.CLOCK_SKEW
    named = next((reason for reason, codes in _CODES.items() if code in codes), None)
    return named or (Reason.SERVER_ERROR if status >= 500 else Reason.UNEXPECTED)
