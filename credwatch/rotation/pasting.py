"""A key that a person made: it is another one than before, of the same account, and it works. Else nothing is begun."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from credwatch.errors import ProviderError
from credwatch.model import Facts, Minted, Role, Validity
from credwatch.model.rotating import Rotation
from credwatch.rotation.planning import Unplannable
from credwatch.rotation.renewals.renewal import Renewed
from credwatch.rotation.run import Run
from credwatch.secrets import Secret


def wanted(run: Run) -> tuple[Role, ...]:
    """The parts that its places hold, in the order of the kind: a person is asked for each."""
    held = {role for target in run.rotation.written for role in target.fields}
    return tuple(role for role in run.world.kind.roles if role.name in held)


def pasted(run: Run, given: Mapping[str, Secret]) -> Minted:
    """The new key; a part that was not given stays as it was. Unplannable says what is wrong with it, without its value."""
    rotation, world = run.rotation, run.world
    target = rotation.written[0]
    if world.kind.renewing is not None:
        return _renewed(run, given)
    before = world.look(target)
    values = {**before.values, **given}
    for role in wanted(run):
        if role.name in given and not re.fullmatch(role.shape, given[role.name].reveal()):
            raise Unplannable(
                f"what was pasted as {role.name} cannot be that of a {world.kind.title}", "Paste it again"
            )
    if world.fingerprint(values) == rotation.old_fp:
        raise Unplannable("that is the old key", "Make a new one at its vendor, and paste that")
    said = world.try_(target, replace(before, values=values))
    if said.validity is Validity.INVALID:
        raise Unplannable(
            f"{world.kind.vendor_name} refuses the pasted key: {said.detail or said.reason}", "Paste it again"
        )
    if said.validity is not Validity.VALID:
        raise Unplannable(f"it cannot be told whether the pasted key works: {said.detail or said.reason}", "Try again")
    facts = _facts(run, values, said.facts)
    if facts.account and rotation.old.account and facts.account != rotation.old.account:
        raise Unplannable(
            f"the pasted key belongs to {facts.account}, and the old one to {rotation.old.account}",
            "Make one in the same account",
        )
    return Minted(facts, values)


def _renewed(run: Run, given: Mapping[str, Secret]) -> Minted:
    """As if a program had printed it."""
    targets = run.rotation.written
    printed = Secret("\n".join(given[role.name].reveal() for role in wanted(run) if role.name in given))
    before = run.world.look(max(targets, key=lambda one: len(one.fields)))
    try:
        return Renewed(run.world.kind, run.clock)(targets, before, printed)
    except ProviderError as error:
        raise Unplannable(f"what was pasted is not taken: {error}", "Paste it again") from None


def _facts(run: Run, values: Mapping[str, Secret], said: Facts) -> Facts:
    """What its vendor and its own parts say of it."""
    kind = run.world.kind
    read = kind.read(values) if kind.read is not None else Facts()
    shown = values[kind.key_id].reveal() if kind.key_id is not None and kind.key_id in values else None
    return Facts(
        account=said.account or read.account,
        key_id=said.key_id or read.key_id or shown,
        name=said.name,
        created=run.now,
        expires=said.expires or read.expires,
        scopes=said.scopes,
    )


def same(rotation: Rotation, minted: Minted) -> str:
    """How much of it could be told, for a person."""
    if rotation.renews:
        ends = minted.facts.expires
        return (
            f"checked: it is for the same names{f', and ends on {ends.day} {ends:%b %Y}' if ends is not None else ''}"
        )
    account = minted.facts.account
    told = f"of account {account}" if account and rotation.old.account else "whose account its vendor does not tell"
    return f"checked: another key, {told}; it works"
