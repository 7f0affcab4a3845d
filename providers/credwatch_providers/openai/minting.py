"""New keys of OpenAI's service accounts in the place of old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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
    denied,
    ending,
    exact,
    life,
    named,
    refused,
    together,
)
from credwatch_providers.openai.keys import KEY, authorization, judge, words
from credwatch_providers.openai.organization import ACCOUNT, ORGANIZATION, Key, OpenAIOrganization, list_of

_LONGEST = 100
"""Characters of a name. OpenAI names no limit; the mark must not be what is cut off."""
_SOON = timedelta(minutes=1)
"""How long a key has left that cannot be deleted."""


class _Made(BaseModel):
    id: str = Field(min_length=1)
    value: Shown
    created_at: datetime | None = None
    expires_at: datetime | None = None


class _Deleted(BaseModel):
    id: str
    deleted: bool


class OpenAIMinter(OpenAIOrganization):
    """Makes, gives an end to and deletes keys of service accounts; persons' keys and admin keys it cannot."""

    mints = frozenset({KEY.name})
    marks = True
    limit = None

    def detail(self, key: Facts) -> Facts | None:
        """This key's own page; None when it has none, or when it has ended: then nothing brings it back."""
        path = self._path(key)
        reply = self._ask(path)
        if reply.status == 404 and _word(reply):
            return None
        if reply.status != 200:
            raise refused(judge(reply), path)
        found = self._facts(_project(key), reply.parsed(Key))
        if found.key_id != key.key_id:
            raise ProviderError(Reason.UNREADABLE, f"{path}: this is not the page of that key")
        return None if found.expires is not None and found.expires <= self._http.now() else found

    def beside(self, key: Facts) -> Iterator[Listed]:
        """Every key of its project."""
        return self._listed(KEY, _project(key), list_of(_project(key)))

    def may(self, key: Facts) -> str:
        """A person's key, an admin key, and one whose scopes nobody knows are left alone."""
        if key.account == ORGANIZATION:
            return "OpenAI's admin keys are made by hand. Paste the new one: credwatch rotate … --paste"
        if key.personal or not (key.traits or {}).get(ACCOUNT):
            owner = f" belongs to {key.creator}" if key.personal and key.creator else " is not known as such"
            return (
                f"OpenAI makes keys of service accounts only, and this one{owner}. "
                "Paste the new one: credwatch rotate … --paste"
            )
        if key.scopes is None:
            return (
                "OpenAI does not show the scopes of this key, and a new one without scopes may do everything. Say them "
                f'in its table: scopes = {{ "{(key.traits or {})[ACCOUNT]}" = ["…"] }}, or = "all"'
            )
        return ""

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """Service account and scopes stay; the day it ends changes."""
        scopes = f"scopes {', '.join(sorted(key.scopes))}" if key.scopes else "all permissions of its service account"
        owner = f"belongs to service account {key.creator or (key.traits or {}).get(ACCOUNT, '')}"
        return together((Carried(same=(owner, scopes)), ending(key, lifetime, self._http.now())))

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """One POST at the same service account. No scopes are asked for only where it is known that there were none."""
        if (why := self.may(like)) or like.scopes is None:
            raise ProviderError(Reason.MISCONFIGURED, why, permanent=True)
        lives, name, now = life(like, lifetime), named(like, mark, _LONGEST), self._http.now()
        asked: dict[str, Any] = {"name": name, "scopes": sorted(like.scopes)}
        if lives is not None:
            asked["expires_in_seconds"] = int(lives.total_seconds())
        reply = self._change("POST", _list(like), asked)
        if not 200 <= reply.status < 300:
            raise denied(reply, _word(reply), words(reply)[1], "making a key")
        made = reply.parsed(_Made)
        new = Facts(
            account=like.account,
            key_id=made.id,
            name=name,
            created=made.created_at or now,
            expires=made.expires_at or (like.expires if lives is None else now + lives),
            scopes=like.scopes,
            creator=like.creator,
            personal=False,
            traits=like.traits,
        )
        return Minted(new, {"key": made.value})

    def revoke(self, key: Facts) -> None:
        """One DELETE of this id. Where OpenAI deletes no key of a service account it is given an end, and the error says when."""
        reply = self._change("DELETE", self._path(key))
        if 200 <= reply.status < 300 and reply.parsed(_Deleted) == _Deleted(id=key.key_id or "", deleted=True):
            return
        if reply.status < 500 and reply.status != 429:
            present = self.detail(key)
            if present is None:
                return
            if reply.status == 400 and _word(reply):
                raise self._fading(present)
        raise denied(reply, _word(reply), words(reply)[1], f"deleting {key.key_id}")

    def sunset(self, key: Facts, at: datetime) -> None:
        """An end, counted from the moment of the request. One that comes sooner by itself is left as it is."""
        present = self.detail(key)
        if present is None or (present.expires is not None and present.expires <= at):
            return
        seconds = max(1, int((at - self._http.now()).total_seconds()))
        reply = self._change("POST", self._path(key), {"expires_in_seconds": seconds})
        if not 200 <= reply.status < 300:
            raise denied(reply, _word(reply), words(reply)[1], f"giving an end to {key.key_id}")

    def call(self, step: Step, of: Facts | Item) -> str:
        """The request of a step."""
        if not isinstance(of, Facts):
            return ""
        root = self._root.partition("://")[2]
        match step:
            case Step.MINT:
                return f"POST {root}{_list(of)}"
            case Step.SUNSET:
                return f"POST {root}{self._path(of)}"
            case Step.REVOKE:
                return f"DELETE {root}{self._path(of)}"
        return ""

    def _fading(self, key: Facts) -> ProviderError:
        ends = self._http.now() + _SOON
        if key.expires is not None and key.expires <= ends:
            ends = key.expires
        else:
            self.sunset(key, ends)
        said = f"OpenAI deletes no key of a service account; {key.key_id} ends by itself at {ends:%H:%M:%S} UTC"
        return ProviderError(Reason.REFUSED, said)

    def _path(self, key: Facts) -> str:
        return f"/organization/projects/{_project(key)}/api_keys/{exact(key.key_id, KEY.title)}"

    def _change(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> Reply:
        headers = authorization(self._admin.resolve()) | ({} if asked is None else {"content-type": "application/json"})
        body = b"" if asked is None else json.dumps(asked).encode()
        return self._http.send(method, f"{self._root}{path}", headers=headers, body=body)


def _project(key: Facts) -> str:
    if key.account == ORGANIZATION:
        raise ProviderError(Reason.MISCONFIGURED, "OpenAI's admin keys are left alone", permanent=True)
    return quote(exact(key.account, "project"), safe="")


def _list(key: Facts) -> str:
    account = exact((key.traits or {}).get(ACCOUNT), "service account")
    return f"/organization/projects/{_project(key)}/service_accounts/{account}/api_keys"


def _word(reply: Reply) -> str:
    """The code of a refusal, or its type where it has no code."""
    error = (reply.json() or {}).get("error")
    return words(reply)[0] or (str(error.get("type") or "") if isinstance(error, dict) else "")
