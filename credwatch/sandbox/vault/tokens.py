"""Tokens: made, looked up, renewed, used up, revoked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from credwatch.sandbox.vault.answers import (
    DENIED,
    NOTHING,
    Answer,
    Ask,
    Refused,
    Source,
    duration_of,
    seconds_of,
    text_of,
    wrapped,
)

_LONGEST = 32 * 86400


@dataclass
class Token:
    """One token and its life."""

    id: str = field(repr=False)
    accessor: str
    policies: tuple[str, ...]
    issued: datetime
    expires: datetime | None
    """None: never."""
    ttl: int
    namespace: str = ""
    path: str = "auth/token/create"
    display_name: str = "token"
    meta: Mapping[str, str] | None = None
    explicit_max: int = 0
    period: int = 0
    uses: int = 0
    """How often it may still be used; 0 is no limit, -1 was the last time."""
    batch: bool = False
    renewable: bool = True
    orphan: bool = False
    entity: str = ""
    parent: str = field(default="", repr=False)
    renewed: datetime | None = None

    def shown(self, now: datetime) -> dict[str, Any]:
        """What a lookup says."""
        left = self.expires - now if self.expires else timedelta(0)
        row: dict[str, Any] = {
            "accessor": self.accessor,
            "creation_time": int(self.issued.timestamp()),
            "creation_ttl": self.ttl,
            "display_name": self.display_name,
            "entity_id": self.entity,
            "expire_time": text_of(self.expires) or None,
            "explicit_max_ttl": self.explicit_max,
            "id": self.id,
            "issue_time": text_of(self.issued),
            "meta": self.meta,
            "num_uses": self.uses,
            "orphan": self.orphan,
            "path": self.path,
            "policies": list(self.policies),
            "renewable": self.renewable,
            "ttl": int(left.total_seconds()),
            "type": "batch" if self.batch else "service",
        }
        if self.period:
            row["period"] = self.period
        if self.renewed:
            row |= {"last_renewal": text_of(self.renewed), "last_renewal_time": int(self.renewed.timestamp())}
        return row

    def granted(self, lease: int) -> dict[str, Any]:
        """The `auth` part of a login, a creation or a renewal."""
        return {
            "client_token": self.id,
            "accessor": self.accessor,
            "policies": list(self.policies),
            "token_policies": list(self.policies),
            "metadata": self.meta,
            "lease_duration": lease,
            "renewable": self.renewable,
            "entity_id": self.entity,
            "token_type": "batch" if self.batch else "service",
            "orphan": self.orphan,
            "mfa_requirement": None,
            "num_uses": self.uses,
        }


class Tokens:
    """All tokens of a server, and what `auth/token` does with them."""

    def __init__(self, source: Source, root: str) -> None:
        self._source = source
        now = source.now()
        self._tokens = {
            root: Token(root, source.letters(), ("root",), now, None, 0, renewable=False, orphan=True),
        }

    def use(self, value: str) -> Token | None:
        """The live token of this value, one use of it spent."""
        token = self._alive(self._tokens.get(value))
        if token is None or token.uses < 0:
            return None
        if token.uses:
            token.uses = token.uses - 1 or -1
        return token

    def add(self, token: Token) -> Token:
        """Keep a new one."""
        self._tokens[token.id] = token
        return token

    def issue(self, policies: Iterable[str], ttl: int, **more: Any) -> Token:
        """A new token that lives so many seconds, as a login hands one out."""
        batch = bool(more.get("batch"))
        now = self._source.now()
        return self.add(
            Token(
                id=f"b.{self._source.letters(140)}" if batch else f"s.{self._source.letters()}",
                accessor="" if batch else self._source.letters(),
                policies=tuple(sorted(set(policies))),
                issued=now,
                expires=now + timedelta(seconds=ttl),
                ttl=ttl,
                **more,
            )
        )

    def handle(self, ask: Ask, holder: Token, policies: Iterable[str]) -> Answer:  # noqa: PLR0911  one line an endpoint
        """Everything under `auth/token`; `policies` are the names that exist."""
        match ask.operation, ask.path:
            case "read", "lookup-self":
                return self._source.answer(holder.shown(self._source.now()))
            case "update", "renew-self":
                return self._renew(holder, ask.body)
            case "update", "revoke-self":
                return self._revoke(holder)
            case "update", "create" | "create-orphan":
                return self._create(ask, holder, policies)
            case "update", "lookup":
                return self._source.answer(self._named(ask.body.get("token")).shown(self._source.now()))
            case "update", "revoke":
                return self._revoke(self._named(ask.body.get("token")))
            case "update", "lookup-accessor":
                found = self._by_accessor(ask.body.get("accessor"))
                return self._source.answer(found.shown(self._source.now()) | {"id": ""})
            case "update", "revoke-accessor":
                return self._revoke(self._by_accessor(ask.body.get("accessor")))
            case "list", "accessors" | "accessors/":
                return self._source.keys([each.accessor for each in self._tokens.values() if self._listed(each)])
            case _:
                raise wrapped(404, "unsupported path")

    def _alive(self, token: Token | None) -> Token | None:
        if token is None or (token.expires is not None and token.expires <= self._source.now()):
            return None
        return token

    def _listed(self, token: Token) -> bool:
        return self._alive(token) is not None and token.uses >= 0 and not token.batch

    def _named(self, value: object) -> Token:
        found = self._alive(self._tokens.get(str(value)))
        if found is None:
            raise Refused(403, "bad token")
        return found

    def _by_accessor(self, accessor: object) -> Token:
        for token in self._tokens.values():
            if token.accessor and token.accessor == accessor and self._listed(token):
                return token
        raise wrapped(400, "invalid accessor")

    def _revoke(self, token: Token) -> Answer:
        self._tokens.pop(token.id, None)
        for child in [each for each in self._tokens.values() if each.parent == token.id]:
            self._revoke(child)
        return NOTHING

    def _create(self, ask: Ask, holder: Token, known: Iterable[str]) -> Answer:
        body = ask.body
        asked = tuple(body.get("policies") or holder.policies)
        if "root" not in holder.policies and not {*asked} <= {*holder.policies}:
            raise Refused(400, "child policies must be subset of parent")
        orphan = bool(body.get("no_parent")) or ask.path == "create-orphan"
        batch = body.get("type") == "batch"
        period, longest = seconds_of(body.get("period")), seconds_of(body.get("explicit_max_ttl"))
        token = self.issue(
            asked if body.get("no_default_policy") or "root" in asked else ("default", *asked),
            period or min(seconds_of(body.get("ttl")) or _LONGEST, longest or _LONGEST),
            namespace=holder.namespace,
            display_name="-".join(filter(None, ("token", body.get("display_name")))),
            meta=body.get("meta"),
            explicit_max=longest,
            period=period,
            uses=int(body.get("num_uses") or 0),
            batch=batch,
            renewable=not batch and bool(body.get("renewable", True)),
            orphan=orphan,
            parent="" if orphan else holder.id,
        )
        missing = [f'Policy "{name}" does not exist' for name in asked if name not in {*known, "root", "default"}]
        return self._source.answer(auth=token.granted(token.ttl), warnings=missing or None)

    def _renew(self, token: Token, body: Mapping[str, Any]) -> Answer:
        if token.batch:
            raise Refused(400, "batch tokens cannot be renewed")
        if not token.renewable:
            raise Refused(400, "lease is not renewable")
        now = self._source.now()
        asked = token.period or seconds_of(body.get("increment")) or token.ttl
        longest = token.explicit_max or (_LONGEST if not token.period else 0)
        ends = token.issued + timedelta(seconds=longest) if longest else now + timedelta(seconds=asked)
        token.renewed, token.expires = now, min(ends, now + timedelta(seconds=asked))
        lease = round((token.expires - now).total_seconds())
        capped = (
            f'TTL of "{duration_of(asked)}" exceeded the effective max_ttl of "{duration_of(longest)}"; '
            "TTL value is capped accordingly"
        )
        return self._source.answer(auth=token.granted(lease), warnings=[capped] if lease < asked else None)


def denied() -> Refused:
    """What a live token hears that has not the right."""
    return wrapped(403, DENIED)


def unknown() -> Refused:
    """What a token hears that is unknown, expired, revoked or used up."""
    return Refused(403, DENIED)
