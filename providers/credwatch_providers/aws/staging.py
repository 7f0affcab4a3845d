"""The places of an account as a rotation writes them."""

from __future__ import annotations

from credwatch.contract import Facts, Item, Payload, Staged, Step, Versioned
from credwatch_providers.aws.connection import Connection
from credwatch_providers.aws.parameter_staging import ParameterStaging
from credwatch_providers.aws.parameters import is_parameter
from credwatch_providers.aws.secret_staging import SecretStaging


class Staging:
    """What an account offers as a `Stager`: a secret and a parameter each by the rules of its own store."""

    def __init__(self, connection: Connection) -> None:
        self._secret_staging = SecretStaging(connection)
        self._parameter_staging = ParameterStaging(connection)
        self.compare_and_swap = not connection.settings.parameters

    def _of(self, item: Item) -> SecretStaging | ParameterStaging:
        return self._parameter_staging if is_parameter(item) else self._secret_staging

    def call(self, step: Step, of: Facts | Item) -> str:
        """The action of a step."""
        return "" if isinstance(of, Facts) else self._of(of).call(step, of)

    def held(self, item: Item) -> Versioned:
        """What it holds now."""
        return self._of(item).held(item)

    def former(self, item: Item, version: str) -> Payload:
        """What it held under this version."""
        return self._of(item).former(item, version)

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Lay this beside what is there."""
        return self._of(item).stage(item, payload, mark, token)

    def staged(self, item: Item) -> Staged | None:
        """What lies beside."""
        return self._of(item).staged(item)

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """What lies beside, as its readers would have it."""
        return self._of(item).read_staged(item, staged)

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """Make it what readers see."""
        return self._of(item).promote(item, staged, base_version)

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """What it held before is what readers see again."""
        return self._of(item).revert(item, base_version, promoted_version)

    def between(self, item: Item, older: str, newer: str) -> tuple[str, ...]:
        """Of a parameter, the versions between; a secret's label is moved from the version that was read, and from no other."""
        return self._parameter_staging.between(item, older, newer) if is_parameter(item) else ()

    def discard(self, item: Item, staged: Staged) -> None:
        """Empty the slot."""
        self._of(item).discard(item, staged)
