"""A connection to one AWS account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from credwatch.contract import (
    ConfigError,
    Diagnosis,
    Facts,
    Found,
    Item,
    Listed,
    Payload,
    ProbeResult,
    Provider,
    ProviderError,
    Reason,
    Setup,
    Step,
    Unlisted,
    mending,
)
from credwatch_providers.aws.connection import Connection
from credwatch_providers.aws.inventory import AccessKeys
from credwatch_providers.aws.keys import account_of
from credwatch_providers.aws.minting import Minting
from credwatch_providers.aws.needs import policy
from credwatch_providers.aws.parameters import Parameters, is_parameter
from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings
from credwatch_providers.aws.staging import Staging
from credwatch_providers.aws.store import Secrets

_REFUSED = frozenset({Reason.LOGIN_REFUSED, Reason.FORBIDDEN, Reason.WRONG_ACCOUNT})


class AwsAccount(Staging):
    """Secrets Manager and the Parameter Store of one account."""

    def __init__(self, name: str, connection: Connection) -> None:
        Staging.__init__(self, connection)
        self.name = name
        self._connection = connection
        self._secrets = Secrets(name, connection)
        self._parameters = Parameters(name, connection)

    def check(self) -> ProbeResult:
        """Log in anew, and see that this is the account that was meant."""
        self._connection.close()
        try:
            identity = self._connection.identity()
        except ProviderError as error:
            if error.reason in _REFUSED:
                return ProbeResult.invalid(error.reason, str(error))
            return ProbeResult.unknown(error.reason, str(error))
        except ConfigError as error:
            return ProbeResult.unknown(Reason.MISCONFIGURED, str(error))
        return ProbeResult.valid(Facts(account=identity.account, name=identity.arn))

    def items(self) -> Iterator[Item | Unlisted]:
        """Every secret and parameter whose name was asked for, in every region; the error of either at the end."""
        failed: ProviderError | None = None
        for listing in (self._secrets.items(), self._parameters.items()):
            try:
                yield from listing
            except ProviderError as error:
                failed = failed or error
        if failed:
            raise failed

    def read(self, item: Item) -> Payload:
        """Its current version."""
        return (self._parameters if is_parameter(item) else self._secrets).read(item)

    def least_privilege(self) -> str:
        """An IAM policy for the role or user that watches, or that rotates where this was opened to write."""
        return policy(self._connection.settings, writes=self._connection.writes)

    def diagnose(self) -> Iterator[Diagnosis]:
        """Who we are, and what can be listed in each region."""
        checked = self.check()
        expected = self._connection.settings.account
        mend = mending(checked.reason, "see that `account`, `assume` and our own keys belong together")
        yield Diagnosis(
            f"account {expected}" if expected else "login",
            checked.reason is Reason.OK,
            checked.detail or f"{checked.facts.account} as {checked.facts.name}",
            "" if checked.reason is Reason.OK else mend,
        )
        if checked.reason is Reason.OK:
            yield from self._look()

    def _look(self) -> Iterator[Diagnosis]:
        yield from _counted("secrets", self._secrets.items, "allow secretsmanager:ListSecrets")
        if self._connection.settings.parameters:
            yield from _counted("parameters", self._parameters.items, "allow ssm:DescribeParameters")

    def close(self) -> None:
        """Give up the connections."""
        self._connection.close()


class AwsAccountWithKeys(AwsAccount, Minting):
    """The same, with IAM's list of access keys."""

    def __init__(self, name: str, connection: Connection) -> None:
        AwsAccount.__init__(self, name, connection)
        Minting.__init__(self, connection)
        self._keys = AccessKeys(connection)

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every access key of every user."""
        return self._keys.keys()

    def call(self, step: Step, of: Facts | Item) -> str:
        """The action of a step, of a key or a place."""
        return Minting.call(self, step, of) if isinstance(of, Facts) else Staging.call(self, step, of)

    def _look(self) -> Iterator[Diagnosis]:
        yield from super()._look()
        yield from _counted("access keys", self.keys, "allow iam:ListUsers and iam:ListAccessKeys")


def connect(setup: Setup[AwsSettings, AwsIssuerSettings]) -> Provider:
    """The account of a table; nothing is asked yet."""
    made: Callable[[str, Connection], AwsAccount] = AwsAccountWithKeys if setup.settings.iam else AwsAccount
    return made(setup.name, Connection(setup))


def _counted(what: str, listing: Callable[[], Iterator[Any]], mend: str) -> Iterator[Diagnosis]:
    """How many there are, and a line for each part that could not be read."""
    count, hidden = 0, False
    try:
        for found in listing():
            if isinstance(found, Unlisted):
                hidden = True
                yield Diagnosis(
                    f"{what} in {found.scope}", ok=False, said=found.message, mend=mending(found.reason, mend)
                )
            else:
                count += 1
    except ProviderError as error:
        yield Diagnosis(what, ok=False, said=str(error), mend=mending(error.reason, mend))
    else:
        if count or not hidden:
            yield Diagnosis(what, ok=True, said=f"{count} {what}")


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """The account that the environment's own AWS settings lead to, named offline where a name holds it."""
    told = [name for name in ("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_ACCESS_KEY_ID") if environ.get(name)]
    if not told:
        return
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    role = environ.get("AWS_ROLE_ARN", "").split(":")
    account = role[4] if len(role) > 4 else account_of(environ.get("AWS_ACCESS_KEY_ID", ""))
    table: dict[str, Any] = {"use": "aws", "regions": [region], "secrets": ["**"], "iam": True}
    yield Found("aws", table | ({"account": account} if account else {}), f"AWS by {told[0]}, region {region}")
