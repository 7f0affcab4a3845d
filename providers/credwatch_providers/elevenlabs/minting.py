"""New keys of ElevenLabs's service accounts in the place of old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

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
    together,
)
from credwatch_providers.elevenlabs.keys import KEY, headers, words
from credwatch_providers.elevenlabs.workspace import ACCOUNT, ASKED, LIMITS, ElevenLabsWorkspace

_LONGEST = 100
"""Characters of a name. ElevenLabs names no limit; the mark must not be what is cut off."""
_SPAN = (timedelta(minutes=16), timedelta(days=90) - timedelta(minutes=1))
"""From 15 minutes to 90 days, with a minute for the clocks."""
_UNSET = ("credit_limit", "professional_voice_clone_limit")
_TOLD = {name: name.replace("_", " ").replace("tts", "TTS").replace("ips", "addresses") for name in (*ASKED, *LIMITS)}
_SETTABLE = tuple(name for name in _TOLD if name not in _UNSET)
_ALONE = 4
"""A shorter hint says nothing."""


class _Made(BaseModel):
    key_id: str = Field(min_length=1)
    key: Shown = Field(alias="xi-api-key")


class ElevenLabsMinter(ElevenLabsWorkspace):
    """Makes, switches off and on, gives an end to and deletes keys of service accounts; persons' keys it cannot."""

    mints = frozenset({KEY.name})
    marks = True
    limit = None

    def detail(self, key: Facts) -> Facts | None:
        """This key as the list has it; None when it is not there, as a person's key never is."""
        return next((one.facts for one in self._keys() if one.facts.key_id == key.key_id), None)

    def beside(self, key: Facts) -> Iterator[Listed]:
        """Every key of its service account."""
        account = _trait(key, ACCOUNT)
        return (one for one in self._keys() if _trait(one.facts, ACCOUNT) == account)

    def may(self, key: Facts) -> str:
        """A person's key, one whose permissions are not known, and the one that we work with, are left alone."""
        if not _trait(key, ACCOUNT):
            return (
                "ElevenLabs makes keys of service accounts only, and this one stands in no list of theirs: it is a "
                "person's, or gone. Paste the new one: credwatch rotate … --paste"
            )
        if not key.scopes:
            return "ElevenLabs does not show the permissions of this key, so none like it can be made"
        if self._own(key):
            return "credwatch itself works with this key. Give [rotate.identities] another one"
        return ""

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """Service account, permissions, limits and addresses stay; the day it ends changes."""
        traits = key.traits or {}
        same = [f"belongs to service account {key.creator or _trait(key, ACCOUNT)}"]
        same += [f"permissions {', '.join(sorted(key.scopes or ()))}"]
        same += [f"{_TOLD[name]} {_shown(traits[name])}" for name in _SETTABLE if name in traits]
        lost = [f"{_TOLD[name]} {_shown(traits[name])}: set it by hand" for name in _UNSET if name in traits]
        return together((Carried(tuple(same), (), tuple(lost)), ending(key, lifetime, self._http.now(), _SPAN)))

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """One POST at the same service account: permissions, limits and addresses as they were."""
        if why := self.may(like):
            raise ProviderError(Reason.MISCONFIGURED, why, permanent=True)
        lives, name, now = life(like, lifetime), named(like, mark, _LONGEST), self._http.now()
        ends = None if lives is None else now + min(max(lives, _SPAN[0]), _SPAN[1])
        traits = like.traits or {}
        asked: dict[str, Any] = {"name": name, "permissions": sorted(like.scopes or ())}
        asked |= {trait: json.loads(traits[trait]) for trait in _SETTABLE if trait in traits}
        asked["expires_at_unix"] = int(ends.timestamp()) if ends else None
        reply = self._change("POST", self._list(like), asked)
        if not 200 <= reply.status < 300:
            raise denied(reply, *words(reply), "making a key")
        made = reply.parsed(_Made)
        new = Facts(
            account=like.account,
            key_id=made.key_id,
            name=name,
            created=now,
            expires=ends or like.expires,
            disabled=False,
            scopes=like.scopes,
            creator=like.creator,
            personal=False,
            traits={name: value for name, value in traits.items() if name not in _UNSET},
        )
        return Minted(new, {"key": made.key})

    def revoke(self, key: Facts) -> None:
        """One DELETE of this id. Where it is refused, and the key is in no list, it was gone before."""
        self._spare(key)
        reply = self._change("DELETE", self._path(key))
        if not 200 <= reply.status < 300 and (not _certain(reply) or self.detail(key) is not None):
            raise denied(reply, *words(reply), f"deleting {key.key_id}")

    def disable(self, key: Facts) -> None:
        """By the endpoint that works after the plan ran out too."""
        self._spare(key)
        self._done(self._change("POST", f"{self._path(key)}/disable"), f"switching {key.key_id} off")

    def enable(self, key: Facts) -> None:
        """Switched on, and otherwise as it is now: name and permissions have to be said with it."""
        self._edit(key, {"is_enabled": True}, "switching on")

    def sunset(self, key: Facts, at: datetime) -> None:
        """An end, 15 minutes from now at the soonest. One that comes sooner by itself is left as it is."""
        now = self._http.now()
        ends = min(max(at, now + _SPAN[0]), now + _SPAN[1])
        self._spare(key)
        self._edit(key, {"expires_at_unix": int(ends.timestamp())}, "giving an end to", unless=ends)

    def call(self, step: Step, of: Facts | Item) -> str:
        """The request of a step."""
        if not isinstance(of, Facts):
            return ""
        host = self._base.partition("://")[2]
        match step:
            case Step.MINT:
                return f"POST {host}{self._list(of)}"
            case Step.DISABLE:
                return f"POST {host}{self._path(of)}/disable"
            case Step.ENABLE | Step.SUNSET:
                return f"PATCH {host}{self._path(of)}"
            case Step.REVOKE:
                return f"DELETE {host}{self._path(of)}"
        return ""

    def _edit(self, key: Facts, change: Mapping[str, Any], what: str, unless: datetime | None = None) -> None:
        present = self.detail(key)
        if present is None:
            raise ProviderError(Reason.NOT_FOUND, f"{what} {key.key_id}: it is gone", permanent=True)
        if unless is not None and present.expires is not None and present.expires <= unless:
            return
        permissions = "no_update" if present.scopes is None else sorted(present.scopes)
        whole = {"is_enabled": not present.disabled, "name": present.name or "", "permissions": permissions}
        self._done(self._change("PATCH", self._path(present), whole | dict(change)), f"{what} {key.key_id}")

    def _done(self, reply: Reply, what: str) -> None:
        if not 200 <= reply.status < 300:
            raise denied(reply, *words(reply), what)

    def _spare(self, key: Facts) -> None:
        """ProviderError when this is the key that we work with."""
        if self._own(key):
            raise ProviderError(Reason.MISCONFIGURED, "credwatch itself works with this key", permanent=True)

    def _own(self, key: Facts) -> bool:
        """Whether it ends as our own does: ElevenLabs shows no more of a key."""
        hint = key.hint or ""
        return len(hint) >= _ALONE and self._admin.resolve().reveal().endswith(hint)

    def _list(self, key: Facts) -> str:
        return f"/v1/service-accounts/{exact(_trait(key, ACCOUNT), 'service account')}/api-keys"

    def _path(self, key: Facts) -> str:
        return f"{self._list(key)}/{exact(key.key_id, KEY.title)}"

    def _change(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> Reply:
        carried = headers(self._admin.resolve()) | ({} if asked is None else {"content-type": "application/json"})
        body = b"" if asked is None else json.dumps(asked).encode()
        return self._http.send(method, f"{self._base}{path}", headers=carried, body=body)


def _certain(reply: Reply) -> bool:
    """Whether it was refused, and by somebody who had read it."""
    return 400 <= reply.status < 500 and reply.status != 429


def _trait(key: Facts, name: str) -> str | None:
    return (key.traits or {}).get(name)


def _shown(trait: str) -> str:
    value = json.loads(trait)
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value).lower()
