"""The keys of a Twilio account and of its subaccounts, as Twilio lists them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from pydantic import BaseModel, BeforeValidator, Field

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Facts,
    Listed,
    ProbeResult,
    ProviderError,
    Reason,
    Reference,
    Reply,
    Settings,
    Setup,
    Unlisted,
    counted,
    refused,
)
from credwatch_providers.twilio.keys import API_KEY, SID, IssuerSettings, authorization, judge

_API, IAM = "https://api.twilio.com", "https://iam.twilio.com"
_SCOPED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND, Reason.LOGIN_REFUSED})
_OF_ONE = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
"""A refusal of one key's page, that says nothing of the others."""
_MAIN = "give `admin` a Main key or the Auth Token of this account: Twilio shows lists of keys to nothing less"


class Admin(Settings):
    """A Main key (SK… and its secret), or an account (AC…) and its Auth Token."""

    sid: str = Field(pattern=rf"^(SK[0-9a-fA-F]{{32}}|{SID})$")
    secret: Reference


class ProviderSettings(Settings):
    """`[providers.NAME] use = "twilio"`."""

    account: str = Field(pattern=f"^{SID}$")
    subaccounts: Mapping[str, Annotated[str, Field(pattern=f"^{SID}$")]] = {}
    admin: Admin | None = None
    standard: tuple[str, ...] = ()
    """SIDs or names of keys that somebody knows to be Standard: Twilio does not tell them from Main keys."""


def moment(text: object) -> object:
    """A date as mail writes it."""
    return parsedate_to_datetime(text) if isinstance(text, str) else text


class Key(BaseModel):
    """A row of either list, or a key's own page, which alone has a policy."""

    sid: str
    friendly_name: str | None = None
    date_created: Annotated[datetime | None, BeforeValidator(moment)] = None
    flags: Any = None
    policy: Any = None

    def facts(self, account: str, page: Key | None) -> Facts:
        """What is known of it; its policy is `null` for a key that may do everything."""
        traits = {} if self.flags is None else {"flags": json.dumps(self.flags)}
        if page is not None and "policy" in page.model_fields_set:
            traits["policy"] = json.dumps(page.policy)
        return Facts(account, self.sid, self.friendly_name, self.date_created, expires=NEVER, traits=traits or None)


class _Meta(BaseModel):
    next_page_url: str | None = None


class _Keys(BaseModel):
    """A page of the new list, which says in `meta` where it goes on, or of the old one."""

    keys: list[Key]
    meta: _Meta = _Meta()
    next_page_uri: str | None = None


class _Account(BaseModel):
    """An account's page; the Auth Token that stands in it too is not taken."""

    status: str


_M = TypeVar("_M", bound=BaseModel)


class Untold:
    """An account without an admin key: its keys are tried where they lie, and nothing is listed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def check(self) -> ProbeResult:
        """There is nothing of our own to try."""
        return ProbeResult.valid(reason=Reason.LIMITED, detail="no `admin`: keys are tried, not listed")

    def diagnose(self) -> Iterator[Diagnosis]:
        """What is missed."""
        said = 'no `admin`: keys are tried, not listed; "revoked" and "account closed" look the same'
        yield Diagnosis("keys", ok=True, said=said)


class TwilioAccount:
    """The keys of an account and of its subaccounts."""

    def __init__(self, setup: Setup[ProviderSettings, IssuerSettings], admin: Admin) -> None:
        self.name = setup.name
        self._accounts = (setup.settings.account, *setup.settings.subaccounts.values())
        self._admin = admin
        self._standard = setup.settings.standard
        self._at = setup.issuer.at
        self._http = setup.http

    def check(self) -> ProbeResult:
        """Whether `admin` may look at the account, and whether that account is active."""
        reply = self._ask(self._page_of(self._accounts[0]))
        verdict = judge(reply, managing=True)
        if verdict.reason is Reason.OK and reply.parsed(_Account).status != "active":
            return ProbeResult.suspended(detail="the account is not active")
        return verdict

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every key of every account. An account that is shut, or may not be listed, is Unlisted."""
        for account in self._accounts:
            try:
                if (status := self._get(_Account, self._page_of(account)).status) != "active":
                    yield Unlisted(account, Reason.ACCOUNT_SUSPENDED, f"Twilio says that this account is {status:.20}")
                else:
                    yield from self._keys(account)
            except ProviderError as error:
                if error.reason not in _SCOPED:
                    raise
                yield Unlisted(account, error.reason, str(error))

    def least_privilege(self) -> str:
        """The key to make."""
        accounts = ", ".join(self._accounts)
        return (
            f"In the console of Twilio, for each of {accounts}:\n"
            "Account > API keys & tokens > Create API key, type Main, region US1.\n"
            "Twilio has no right that only lists keys: a Main key can do everything, so nothing else may use it.\n"
        )

    def diagnose(self) -> Iterator[Diagnosis]:
        """Whether each account can be listed, and how many keys there are."""
        yield from counted("keys", self.keys(), _MAIN)

    def _page_of(self, account: str) -> str:
        return self._at(f"{_API}/2010-04-01/Accounts/{account}.json")

    def _keys(self, account: str) -> Iterator[Listed]:
        for page, url in self._pages(account):
            for key in page.keys:
                yield Listed(API_KEY, key.facts(account, self._page(key.sid) if _new(url) else None))

    def _page(self, sid: str) -> Key | None:
        """A key's own page; None when we may not see it, or the key went meanwhile."""
        try:
            return self._get(Key, self._at(f"{IAM}/v1/Keys/{quote(sid, safe='')}"))
        except ProviderError as error:
            if error.reason not in _OF_ONE:
                raise
            return None

    def _pages(self, account: str) -> Iterator[tuple[_Keys, str]]:
        """Page after page of the new list, with its address; of the old one where Twilio does not show us the new."""
        url = self._at(f"{IAM}/v1/Keys?AccountSid={account}&PageSize=1000")
        try:
            page = self._get(_Keys, url)
        except ProviderError as error:
            if error.reason not in _OF_ONE:
                raise
            url = self._at(f"{_API}/2010-04-01/Accounts/{account}/Keys.json?PageSize=1000")
            page = self._get(_Keys, url)
        seen = {url}
        yield page, url
        while following := page.meta.next_page_url or page.next_page_uri:
            url = _onward(url, self._at(following) if following.startswith((f"{IAM}/", f"{_API}/")) else following)
            if url in seen:
                raise ProviderError(Reason.BROKEN, f"{account}: the list of keys runs in a circle")
            seen.add(url)
            page = self._get(_Keys, url)
            yield page, url

    def _get(self, model: type[_M], url: str) -> _M:
        reply = self._ask(url)
        verdict = judge(reply, managing=True)
        if verdict.reason is not Reason.OK:
            raise refused(verdict, urlsplit(url).path)
        return reply.parsed(model)

    def _ask(self, url: str) -> Reply:
        return self._http.send("GET", url, headers=authorization(self._admin.sid, self._admin.secret.resolve()))


def _new(url: str) -> bool:
    return urlsplit(url).path.endswith("/v1/Keys")


def _onward(url: str, following: str) -> str:
    """The next page's address. ProviderError when it is not at the host that was asked."""
    here, there = urlsplit(url), urlsplit(joined := urljoin(url, following))
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise ProviderError(Reason.WRONG_HOST, "the list of keys continues at another host, which is not asked")
    return joined
