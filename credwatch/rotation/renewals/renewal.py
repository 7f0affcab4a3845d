"""One program that renews what lies in some places. What it prints is checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from credwatch.clock import Clock
from credwatch.config.rotating import Renewal
from credwatch.errors import ProviderError
from credwatch.model import Facts, Kind, Minted, Reason
from credwatch.model.rotating import Target
from credwatch.rotation.program import Program
from credwatch.rotation.world import Seen
from credwatch.secrets import Secret


@dataclass(frozen=True)
class Renewed:
    """A value that is to come in the place of another: it is one that can."""

    kind: Kind
    clock: Clock

    def __call__(self, targets: tuple[Target, ...], before: Seen, printed: Secret) -> Minted:
        """The new value. ProviderError, permanent, when it cannot come in the place of the one before: nothing was written."""
        renewing = self.kind.renewing
        if renewing is None:
            raise ProviderError(Reason.MISCONFIGURED, f"no program can renew a {self.kind.title}", permanent=True)
        values = renewing.renewed(before.values, printed, self.clock.now())
        changed = {role for role, value in values.items() if value.reveal() != _former(before, role)}
        for target in targets:
            if missing := sorted(changed - target.fields.keys()):
                said = f"{target.place} has no {missing[0].replace('_', ' ')}, and a new one came with it"
                raise ProviderError(Reason.MALFORMED, said, permanent=True)
        facts = self.kind.read(dict(values)) if self.kind.read is not None else Facts()
        return Minted(facts, values)


@dataclass(frozen=True)
class Renewer:
    """Runs the program, and takes what it prints if it can come in the place of what is there."""

    line: Renewal
    program: Program
    taken: Renewed

    @property
    def call(self) -> str:
        """As a plan says it."""
        return f"run {' '.join(self.line.command)}"

    def __call__(self, targets: tuple[Target, ...], before: Seen) -> Minted:
        """Give it what is there, nothing secret of it. ProviderError; a `permanent` one: nothing came that can be used."""
        renewing = self.taken.kind.renewing
        given = renewing.shown(before.values) if renewing is not None else b""
        printed = self.program.ask({"CREDWATCH_PLACE": targets[0].place}, given)
        try:
            return self.taken(targets, before, printed)
        except ProviderError as error:
            said = f"what {self.line.command[0]} printed is not taken: {error}"
            raise ProviderError(error.reason, said, permanent=True) from None


def _former(before: Seen, role: str) -> str | None:
    return before.values[role].reveal() if role in before.values else None
