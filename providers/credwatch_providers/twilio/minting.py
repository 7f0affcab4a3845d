"""New Twilio keys in the place of old ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, Field

from credwatch.contract import (
    NEVER,
    Carried,
    Facts,
    Item,
    Listed,
    Minted,
    ProviderError,
    Reason,
    Reply,
    Secret,
    Setup,
    Shown,
    Step,
    denied,
    named,
)
from credwatch_providers.twilio.account import IAM, Admin, ProviderSettings, TwilioAccount, moment
from credwatch_providers.twilio.keys import API_KEY, AUTH_TOKEN, SID, IssuerSettings, authorization, words
from credwatch_providers.twilio.tokens import AuthTokens, is_token

_KEYS = f"{IAM}/v1/Keys"
_LONGEST = 64
_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
_PASTE = "Paste the new one: credwatch rotate … --paste"


class _Made(BaseModel):
    sid: str = Field(pattern=f"^{_KEY.pattern}$")
    secret: Shown
    date_created: Annotated[datetime | None, BeforeValidator(moment)] = None
    policy: Any = None


class TwilioMinter(TwilioAccount):
    """Makes and deletes Standard and Restricted keys, and leads an Auth Token through its exchange. Main keys it cannot."""

    mints = frozenset({API_KEY.name, AUTH_TOKEN.name})
    marks = True
    limit = None
    asks = frozenset({AUTH_TOKEN.name})

    def __init__(self, setup: Setup[ProviderSettings, IssuerSettings], admin: Admin) -> None:
        super().__init__(setup, admin)
        self._tokens = AuthTokens(setup.settings.account, admin.sid, self._change)

    def detail(self, key: Facts) -> Facts | None:
        """This key's own page, with what the list says beside it; None when it stands in no list."""
        if is_token(key):
            return self._tokens.detail(key)
        rows = (row for page, _ in self._pages(_account(key)) for row in page.keys)
        row = next((row for row in rows if row.sid == _sid(key)), None)
        return None if row is None else row.facts(_account(key), self._page(row.sid))

    def beside(self, key: Facts) -> Iterable[Listed]:
        """Every key of its account."""
        return self._tokens.beside() if is_token(key) else self._rows(key)

    def may(self, key: Facts) -> str:
        """What may be a Main key is left alone, and the one that we work with."""
        if is_token(key):
            return self._tokens.may(key)
        sid = _sid(key)
        if sid == self._admin.sid:
            return "credwatch itself works with this key. Give [rotate.identities] another one"
        policy = (key.traits or {}).get("policy")
        if policy is None:
            return f"Twilio does not show the policy of {_short(sid)}, so none like it can be made. {_PASTE}"
        if policy != "null" or sid in self._standard or key.called in self._standard:
            return ""
        return self._unlike_main(key, sid)

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """Account and policy stay; what the old key has signed does not."""
        if is_token(key):
            return self._tokens.carried(lifetime)
        policy = json.loads((key.traits or {}).get("policy", "null"))
        sort = "Standard key" if policy is None else f"Restricted key, policy {json.dumps(policy)}"
        dated = ("an end: Twilio keys have none",) if lifetime is not None else ()
        signed = "Access Tokens that the old key has signed end with it"
        return Carried((f"account {key.account}", sort, "never expires"), ("its SID, which is public", signed), dated)

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:  # noqa: ARG002  no Twilio key has an end
        """One POST: a Standard key for a Standard one, the same policy for a Restricted one."""
        if why := self.may(like):
            raise ProviderError(Reason.MISCONFIGURED, why, permanent=True)
        if is_token(like):
            return self._tokens.mint()
        name, policy = named(like, mark, _LONGEST), (like.traits or {}).get("policy", "null")
        form = {"AccountSid": _account(like), "FriendlyName": name}
        form |= {} if policy == "null" else {"KeyType": "restricted", "Policy": policy}
        reply = self._change("POST", _KEYS, form)
        if not 200 <= reply.status < 300:
            raise denied(reply, *words(reply), "making a key")
        made = reply.parsed(_Made)
        if "policy" in made.model_fields_set and made.policy != json.loads(policy):
            raise ProviderError(Reason.UNREADABLE, f"{made.sid} was made with another policy than the old key has")
        traits = {**(like.traits or {}), "policy": policy}
        new = Facts(like.account, made.sid, name, made.date_created or self._http.now(), expires=NEVER, traits=traits)
        return Minted(new, {"sid": Secret(made.sid), "secret": made.secret})

    def revoke(self, key: Facts) -> None:
        """One DELETE of this SID; never of the one that we log in with. It cannot be undone."""
        if is_token(key):
            self._tokens.revoke(key)
            return
        sid = _sid(key)
        if sid == self._admin.sid:
            raise ProviderError(Reason.MISCONFIGURED, "credwatch itself works with this key", permanent=True)
        reply = self._change("DELETE", f"{_KEYS}/{sid}")
        if reply.status == 204 or (reply.status < 500 and reply.status != 429 and self.detail(key) is None):
            return
        raise denied(reply, *words(reply), f"deleting {sid}")

    def call(self, step: Step, of: Facts | Item) -> str:
        """The request of a step."""
        if not isinstance(of, Facts) or step not in {Step.MINT, Step.REVOKE}:
            return ""
        if is_token(of):
            asked, url = self._tokens.call(step, of)
        else:
            asked, url = ("POST", _KEYS) if step is Step.MINT else ("DELETE", f"{_KEYS}/{_sid(of)}")
        return f"{asked} {self._at(url).partition('://')[2]}"

    def _unlike_main(self, key: Facts, sid: str) -> str:
        """Why it may be a Main key; empty where the list calls the one that we work with so, and this one not.

        What flags Twilio gives to a Main key is not documented: only a name that says it is believed.
        """
        if _main(self._flags(_account(key), sid)):
            return f"{_short(sid)} is a Main key; Twilio makes those in the console only. {_PASTE}"
        if _main(self._flags(self._accounts[0], self._admin.sid)):
            return ""
        return (
            f"{_short(sid)} may be a Main key, which Twilio makes in the console only, and its list does not tell. If it is "
            f'a Standard key, say so in its table: standard = ["{sid}"]. If it is not: {_PASTE[0].lower()}{_PASTE[1:]}'
        )

    def _flags(self, account: str, sid: str) -> list[str]:
        rows = (row for page, _ in self._pages(account) for row in page.keys)
        return next((list(map(str, row.flags or ())) for row in rows if row.sid == sid), [])

    def _rows(self, key: Facts) -> Iterator[Listed]:
        for page, _ in self._pages(_account(key)):
            for row in page.keys:
                yield Listed(API_KEY, row.facts(_account(key), None))

    def _change(self, method: str, url: str, form: dict[str, str] | None = None) -> Reply:
        headers = authorization(self._admin.sid, self._admin.secret.resolve())
        if form is None:
            return self._http.send(method, self._at(url), headers=headers)
        body = urlencode(form, errors="replace").encode()
        headers |= {"content-type": "application/x-www-form-urlencoded"}
        return self._http.send(method, self._at(url), headers=headers, body=body)


def _main(flags: Iterable[str]) -> bool:
    return any("main" in flag.lower() or "master" in flag.lower() for flag in flags)


def _account(key: Facts) -> str:
    if key.account is None or not re.fullmatch(SID, key.account):
        raise ProviderError(Reason.MALFORMED, "the account of this key is not known", permanent=True)
    return key.account


def _sid(key: Facts) -> str:
    if key.key_id is None or not _KEY.fullmatch(key.key_id):
        raise ProviderError(Reason.MALFORMED, "the SID of this key is not known", permanent=True)
    return key.key_id


def _short(sid: str) -> str:
    return f"{sid[:2]}…{sid[-4:]}"
