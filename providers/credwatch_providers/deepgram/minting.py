"""New Deepgram keys in the place of old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from credwatch.contract import (
    Carried,
    Facts,
    Item,
    Listed,
    Minted,
    ProviderError,
    Reason,
    Reply,
    Shown,
    Step,
    Validity,
    denied,
    ending,
    exact,
    life,
    named,
    refused,
    together,
)
from credwatch_providers.deepgram.keys import KEY, UUID, authorization, words
from credwatch_providers.deepgram.projects import DeepgramProjects, Moment, Page, facts

_LONGEST = 128
"""Characters of a comment. Deepgram names no limit; the mark must not be what is cut off."""


class _Made(BaseModel):
    api_key_id: str = Field(pattern=f"^{UUID.pattern}$")
    key: Shown


class _Request(BaseModel):
    created: Moment | None = None


class _Requests(BaseModel):
    requests: list[_Request]


class DeepgramMinter(DeepgramProjects):
    """Makes a key like another, and deletes one. Deepgram can neither switch a key off nor give it another end."""

    mints = frozenset({KEY.name})
    marks = True
    limit = None

    def detail(self, key: Facts) -> Facts | None:
        """This key's own page and its last use; None when it has no page and stands in no list."""
        path = self._path(key)
        try:
            page = self._get(Page, path).item
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND or any(
                one.facts.key_id == key.key_id for one in self._keys(_project(key))
            ):
                raise
            return None
        found = facts(_project(key), page, page)
        if found.key_id != key.key_id:
            raise ProviderError(Reason.UNREADABLE, f"{path}: this is not the page of that key")
        return replace(found, last_used=self._last_used(key))

    def beside(self, key: Facts) -> Iterator[Listed]:
        """Every key of its project, active or expired, that `admin` can see."""
        return self._keys(_project(key))

    def may(self, key: Facts) -> str:
        """A key whose scopes are not known, and the one that we work with, are left alone."""
        if not key.scopes:
            return "Deepgram does not show the scopes of this key, so none like it can be made"
        if key.key_id is None or not UUID.fullmatch(key.key_id):
            return "it is not known which of Deepgram's keys this is. Make one yourself and paste it: credwatch rotate … --paste"
        if key.key_id == self._own():
            return "credwatch itself works with this key. Give [rotate.identities] another one"
        return ""

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """Scopes and tags stay; the member and the day it ends change."""
        tags = _tags(key)
        same = [f"scopes {', '.join(sorted(key.scopes or ()))}"]
        same += [f"tags {', '.join(tags)}, which Deepgram cannot change later"] if tags else []
        return together((Carried(same=tuple(same)), self._owner(key), ending(key, lifetime, self._http.now())))

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """One POST: scopes and tags as they were, the old comment with the mark."""
        if not like.scopes:
            raise ProviderError(Reason.MISCONFIGURED, "the scopes of the old key are not known", permanent=True)
        lives, name, now = life(like, lifetime), named(like, mark, _LONGEST), self._http.now()
        asked: dict[str, Any] = {"comment": name, "scopes": sorted(like.scopes)}
        if tags := _tags(like):
            asked["tags"] = tags
        if lives is not None:
            asked["time_to_live_in_seconds"] = int(lives.total_seconds())
        reply = self._change("POST", self._list(like), json.dumps(asked).encode())
        if not 200 <= reply.status < 300:
            raise denied(reply, *words(reply), "making a key")
        made = reply.parsed(_Made)
        new = Facts(
            account=like.account,
            key_id=made.api_key_id,
            name=name,
            created=now,
            expires=like.expires if lives is None else now + lives,
            scopes=like.scopes,
            traits=like.traits,
        )
        return Minted(new, {"key": made.key})

    def revoke(self, key: Facts) -> None:
        """One DELETE of this id. Where it is refused, and the key is in no list, it was gone before."""
        if key.key_id == self._own():
            raise ProviderError(Reason.MISCONFIGURED, "credwatch itself works with this key", permanent=True)
        reply = self._change("DELETE", self._path(key))
        if 200 <= reply.status < 300 and reply.json() is not None:
            return
        if reply.status < 500 and reply.status != 429 and self.detail(key) is None:
            return
        raise denied(reply, *words(reply), f"deleting {key.key_id}")

    def call(self, step: Step, of: Facts | Item) -> str:
        """The request of a step."""
        if not isinstance(of, Facts) or step not in {Step.MINT, Step.REVOKE}:
            return ""
        asked = f"POST {self._list(of)}" if step is Step.MINT else f"DELETE {self._path(of)}"
        return asked.replace(" ", f" {self._base.partition('://')[2]}", 1)

    def _owner(self, key: Facts) -> Carried:
        """A new key belongs to whoever made the one that we work with."""
        own = self._own()
        ours = next((one.facts.creator for one in self._keys(_project(key)) if one.facts.key_id == own), None)
        if ours is not None and ours == key.creator:
            return Carried(same=(f"belongs to {ours}",))
        before = f", no longer to {key.creator}: it will not die with that account" if key.creator else ""
        return Carried(changes=(f"belongs to {ours or 'whoever made the key that credwatch works with'}{before}",))

    def _own(self) -> str | None:
        """The id of the key that we work with; None where Deepgram does not tell it."""
        verdict = self.check()
        if verdict.validity is not Validity.VALID:
            raise refused(verdict, "/v1/auth/token")
        return verdict.facts.key_id

    def _last_used(self, key: Facts) -> datetime | None:
        """Its last request; None when there is none, when we may not look, or when it cannot be told which is the last."""
        path = f"/v1/projects/{_project(key)}/requests?accessor={quote(key.key_id or '', safe='')}&limit=1"
        try:
            first = self._uses(path)
            if first is None:
                return None
            since = quote((first + timedelta(seconds=1)).isoformat(), safe="")
            return (
                first if self._uses(f"{path}&start={since}") is None else None
            )  # the newest stood first, or it did not
        except ProviderError as error:
            if error.reason not in {Reason.FORBIDDEN, Reason.NOT_FOUND}:
                raise
            return None

    def _uses(self, path: str) -> datetime | None:
        found = self._get(_Requests, path).requests
        return found[0].created if found else None

    def _list(self, key: Facts) -> str:
        return f"/v1/projects/{_project(key)}/keys"

    def _path(self, key: Facts) -> str:
        if key.key_id is None or not UUID.fullmatch(key.key_id):
            raise ProviderError(Reason.MALFORMED, "the id of this key is not known", permanent=True)
        return f"{self._list(key)}/{key.key_id}"

    def _change(self, method: str, path: str, body: bytes = b"") -> Reply:
        headers = {
            **authorization(self._settings.admin.resolve()),
            **({"content-type": "application/json"} if body else {}),
        }
        return self._http.send(method, f"{self._base}{path}", headers=headers, body=body)


def _project(key: Facts) -> str:
    return exact(key.account, "project")


def _tags(key: Facts) -> list[str]:
    found: list[str] = json.loads((key.traits or {}).get("tags", "[]"))
    return found
