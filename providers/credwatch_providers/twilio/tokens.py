"""The two Auth Tokens of an account: the primary one, and the secondary one that takes its place.

No list shows either, and neither can be marked. What this process was told by Twilio is all that is known of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from pydantic import BaseModel

from credwatch.contract import (
    NEVER,
    Carried,
    Facts,
    Listed,
    Minted,
    ProviderError,
    Reason,
    Reply,
    Shown,
    Step,
    denied,
)
from credwatch_providers.twilio.keys import AUTH_TOKEN, words

_AT = "https://accounts.twilio.com/v1/AuthTokens"
_PRIMARY, _SECONDARY = "/primary", "/secondary"
_ELSEWHERE = frozenset({401, 403, 404})
"""A refusal of us, and not of a second token."""


class _Made(BaseModel):
    account_sid: str
    secondary_auth_token: Shown


class _Promoted(BaseModel):
    account_sid: str


class AuthTokens:
    """The tokens of the account that we log in to. The API acts on that one alone and does not take another's SID."""

    def __init__(self, account: str, login: str, send: Callable[[str, str], Reply]) -> None:
        self._account = account
        self._login = login
        self._send = send
        self._gone: set[str] = set()

    def detail(self, key: Facts) -> Facts | None:
        """The token that stands there; None when Twilio told this process that it ended."""
        found = self._facts(_SECONDARY if _new(key) else _PRIMARY)
        return None if found.key_id in self._gone else found

    def beside(self) -> list[Listed]:
        """The primary one. Whether there is a second nobody can see."""
        return [Listed(AUTH_TOKEN, self._facts(_PRIMARY))]

    def may(self, key: Facts) -> str:
        """Ours, and another account's, are left alone."""
        if key.account != self._account:
            return f"this is the Auth Token of another account than {self._account}: give that one a table of its own"
        if self._login == self._account:
            return "credwatch itself logs in with this Auth Token. Give [rotate.identities] a Main key"
        return ""

    def carried(self, lifetime: timedelta | None) -> Carried:
        """Nothing overlaps at the end: that is what must be read before."""
        flips = "webhook signatures (X-Twilio-Signature) are made with the new token from the moment of Promote"
        ready = "whoever checks them must accept both tokens before that"
        dated = ("an end: Auth Tokens have none",) if lifetime is not None else ()
        lost = ("the old token, for everybody in that same moment; it cannot be had back", *dated)
        return Carried(("everything that the account may do", "never expires"), (f"{flips}; {ready}",), lost)

    def mint(self) -> Minted:
        """A second token. AT_LIMIT: one is left over, and nobody can tell whose it is."""
        reply = self._send("POST", f"{_AT}/Secondary")
        if 400 <= reply.status < 500 and words(reply)[0] and reply.status not in {*_ELSEWHERE, 408, 429}:
            said = f"{reply.status} {words(reply)[0]}: a second Auth Token is left over; promote or delete it by hand"
            raise ProviderError(Reason.AT_LIMIT, said, permanent=True)
        if not 200 <= reply.status < 300:
            raise denied(reply, *words(reply), "making a second Auth Token")
        made = reply.parsed(_Made)
        if made.account_sid != self._account:
            self._delete()
            said = f"our login belongs to {made.account_sid}: its second Auth Token was made, and deleted again"
            raise ProviderError(Reason.WRONG_ACCOUNT, said, permanent=True)
        self._gone.clear()
        return Minted(self._facts(_SECONDARY), {"token": made.secondary_auth_token})

    def revoke(self, key: Facts) -> None:
        """The new one is deleted; the old one ends because the new one takes its place."""
        if _new(key):
            self._delete()
        elif why := self.may(key):
            raise ProviderError(Reason.MISCONFIGURED, why, permanent=True)
        else:
            self._promote()

    def call(self, step: Step, of: Facts) -> tuple[str, str]:
        """The request of making the second or, of either, of ending it."""
        if step is Step.MINT:
            return "POST", f"{_AT}/Secondary"
        return ("DELETE", f"{_AT}/Secondary") if _new(of) else ("POST", f"{_AT}/Promote")

    def _delete(self) -> None:
        reply = self._send("DELETE", f"{_AT}/Secondary")
        if not 200 <= reply.status < 300 and not _absent(reply):
            raise denied(reply, *words(reply), "deleting the second Auth Token")
        self._gone.add(f"{self._account}{_SECONDARY}")

    def _promote(self) -> None:
        """That there is none to promote means that it was; the old token is tried afterwards, whatever we say here."""
        reply = self._send("POST", f"{_AT}/Promote")
        if not _absent(reply):
            if not 200 <= reply.status < 300:
                raise denied(reply, *words(reply), "promoting the second Auth Token")
            if (promoted := reply.parsed(_Promoted)).account_sid != self._account:
                raise ProviderError(Reason.WRONG_ACCOUNT, f"the token of {promoted.account_sid} was promoted")
        self._gone.add(f"{self._account}{_PRIMARY}")

    def _facts(self, which: str) -> Facts:
        return Facts(self._account, f"{self._account}{which}", "Auth Token", expires=NEVER)


def is_token(key: Facts) -> bool:
    """Whether this is an Auth Token: an API key is never without its SID."""
    return key.key_id is None or key.key_id.endswith((_PRIMARY, _SECONDARY))


def _new(key: Facts) -> bool:
    return (key.key_id or "").endswith(_SECONDARY)


def _absent(reply: Reply) -> bool:
    return reply.status == 404 and bool(words(reply)[0])
