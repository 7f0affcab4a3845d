"""A local Twilio: accounts, keys on the new and the old list, and the endpoints on which a key is tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email.utils import format_datetime
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.keys import Key, State, Vendor, letters
from credwatch.sandbox.server import Request, Response, Route

_NAME = 64
_ACCOUNT = "/2010-04-01/Accounts/(?P<account>AC[0-9a-fA-F]{32})"


@dataclass
class Account:
    """An account or a subaccount."""

    sid: str
    name: str
    parent: str
    status: str = "active"


class Twilio(Vendor):
    """Accounts with API keys and Auth Tokens; only an admin key, or an Auth Token, sees lists and accounts."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        super().__init__(clock=clock)
        self.accounts: dict[str, Account] = {}
        self.page = 1000
        """The largest page of a list."""
        self.iam = True
        """False: the new list is not there."""
        self.tells_main = True
        """Whether the list tells Main keys from Standard ones; no document promises it."""
        self.exchanges = True
        """Whether a Main key may exchange the Auth Token of its account; no document promises it."""

    def open(self, name: str, *, parent: str = "") -> Account:
        """Open an account, or a subaccount of another."""
        sid = f"AC{letters(f'twilio account {name}', 32)}"
        self.accounts[sid] = Account(sid, name, parent or sid)
        return self.accounts[sid]

    def issue(self, name: str, account: str) -> Key:
        """Make an API key; the same name makes the same value. Its `scopes` are the lists a limited key may see."""
        made = Key(
            id=f"SK{letters(f'twilio id {name}', 32)}",
            value=f"Zz{letters(f'twilio {name}', 30)}",
            name=name,
            created=self.clock.now(),
            account=account,
        )
        self.keys.append(made)
        return made

    def issue_token(self, account: str) -> Key:
        """Make the Auth Token of an account."""
        made = Key(
            id=account,
            value=letters(f"twilio token {account}", 32),
            name="Auth Token",
            created=self.clock.now(),
            account=account,
            admin=True,
        )
        self.keys.append(made)
        return made

    def routes(self) -> Iterable[Route]:
        """The paths of verify.twilio.com, api.twilio.com and iam.twilio.com, on one server."""
        yield Route("GET", "/v2/Services", self._services)
        yield Route("GET", f"{_ACCOUNT}/(?P<list>Messages|Calls|Recordings).json", self._customers)
        yield Route("GET", f"{_ACCOUNT}.json", self._account)
        yield Route("GET", f"{_ACCOUNT}/Keys.json", self._old_keys)
        yield Route("GET", "/v1/Keys", self._keys)
        yield Route("POST", "/v1/Keys", self._make)
        yield Route("GET", "/v1/Keys/(?P<key>[^/]+)", self._one(lambda key: Response.json(_page_of(key))))
        yield Route("DELETE", "/v1/Keys/(?P<key>[^/]+)", self._one(self._delete))
        yield Route("POST", "/v1/AuthTokens/Secondary", self._second)
        yield Route("DELETE", "/v1/AuthTokens/Secondary", self._no_second)
        yield Route("POST", "/v1/AuthTokens/Promote", self._promote)

    def _caller(self, request: Request) -> Key | None:
        return next((key for key in self.listed() if (key.id, key.value) == request.basic()), None)

    def state_of(self, key: Key | None) -> State:
        """A key whose account is not active fares as the account does."""
        state = super().state_of(key)
        closed = key is not None and self.accounts[key.account].status != "active"
        return State.SUSPENDED if closed and state is State.ALIVE else state

    def _services(self, request: Request) -> Response:
        empty = {"services": [], "meta": self._meta(request, "services", None, 1)}
        return self.answer(self._caller(request), _refusal, lambda _: Response.json(empty))

    def _customers(self, request: Request) -> Response:
        name = request.groups["list"]
        empty = {name.lower(): [], "uri": request.path, "page": 0, "page_size": 1}
        caller = self._caller(request)
        if caller is not None and self.state_of(caller) is State.LIMITED and name in caller.scopes:
            return Response.json(empty)
        return self.answer(caller, _refusal, lambda _: Response.json(empty))

    def _managed(self, request: Request, sid: str, reply: Callable[[Account], Response]) -> Response:
        def managed(caller: Key) -> Response:
            account = self.accounts.get(sid)
            if account is None:
                return _error(404, 20404, "The requested resource was not found")
            if not caller.admin or sid in self.forbidden or caller.account not in {sid, account.parent}:
                return _DEAD
            return reply(account)

        return self.answer(self._caller(request), _refusal, managed)

    def _account(self, request: Request) -> Response:
        def reply(account: Account) -> Response:
            return Response.json(
                {
                    "sid": account.sid,
                    "friendly_name": account.name,
                    "status": account.status,
                    "type": "Full",
                    "owner_account_sid": account.parent,
                    "auth_token": next((key.value for key in self._tokens(account.sid)), ""),
                    "uri": request.path,
                }
            )

        return self._managed(request, request.groups["account"], reply)

    def _keys(self, request: Request) -> Response:
        if not self.iam:
            return _error(404, 20404, "The requested resource /v1/Keys was not found")
        sid = request.query.get("AccountSid", "")

        def reply(_: Account) -> Response:
            shown, following, size = self._page(request, sid)
            query = f"/v1/Keys?AccountSid={sid}&PageSize={size}&Page={following}"
            next_page = f"{request.url}{query}" if following else None
            keys = [_shown(key) | {"flags": self._flags(key)} for key in shown]
            return Response.json({"keys": keys, "meta": self._meta(request, "keys", next_page, size)})

        return self._managed(request, sid, reply)

    def _flags(self, key: Key) -> list[str]:
        return ["rest_api", "signing", *(["main"] if key.admin and self.tells_main else [])]

    def _make(self, request: Request) -> Response:
        form = request.form()
        sid = form.get("AccountSid", "")
        return self._managed(request, sid, lambda account: self.change(lambda: self._made(account, form)))

    def _made(self, account: Account, form: dict[str, str]) -> Response:
        name, restricted = form.get("FriendlyName", ""), form.get("KeyType") == "restricted"
        policy = json.loads(form.get("Policy", "null"))
        if len(name) > _NAME or restricted is not (policy is not None):
            return _error(400, 20001, "Invalid parameter")
        if self.full(account.sid):
            return _error(400, 20001, "Maximum number of API keys reached")
        key = Key(
            id=f"SK{self.fresh('id', 32)}",
            value=f"Zz{self.fresh('value', 30)}",
            name=name,
            created=self.clock.now(),
            account=account.sid,
            traits={"policy": policy},
        )
        self.made(key)
        return Response.json(_page_of(key) | {"secret": key.value}, 201)

    def _one(self, reply: Callable[[Key], Response]) -> Callable[[Request], Response]:
        """What a Main key may do with one key of its account."""

        def handler(request: Request) -> Response:
            key = next((key for key in self.listed() if key.id == request.groups["key"]), None)
            if key is None or not self.iam:
                missing = _error(404, 20404, f"The requested resource {request.path} was not found")
                return self.answer(self._caller(request), _refusal, lambda caller: missing if caller.admin else _DEAD)
            return self._managed(request, key.account, lambda _: reply(key))

        return handler

    def _delete(self, key: Key) -> Response:
        def gone() -> Response:
            key.state = State.DELETED
            self.did("delete", key)
            return Response(204)

        return self.change(gone)

    def _tokens(self, account: str) -> list[Key]:
        """The primary token and, where there is one, the second."""
        return [key for key in self.listed(account) if key.id == account]

    def _exchange(self, request: Request, effect: Callable[[str], Response]) -> Response:
        def exchange(caller: Key) -> Response:
            if not caller.admin or not (self.exchanges or caller.id == caller.account):
                return _DEAD
            return self.change(lambda: effect(caller.account))

        return self.answer(self._caller(request), _refusal, exchange)

    def _second(self, request: Request) -> Response:
        def made(account: str) -> Response:
            if len(self._tokens(account)) > 1:
                return _error(400, 20001, "A secondary Auth Token already exists")
            key = replace(self._tokens(account)[0], value=self.fresh("token", 32), created=self.clock.now())
            self.made(key)
            return Response.json(_token(request, key) | {"secondary_auth_token": key.value}, 201)

        return self._exchange(request, made)

    def _no_second(self, request: Request) -> Response:
        def gone(account: str) -> Response:
            for key in self._tokens(account)[1:]:
                key.state = State.DELETED
                self.did("delete", key)
                return Response(204)
            return _error(404, 20404, "There is no secondary Auth Token")

        return self._exchange(request, gone)

    def _promote(self, request: Request) -> Response:
        def promoted(account: str) -> Response:
            old, *second = self._tokens(account)
            if not second:
                return _error(404, 20404, "There is no secondary Auth Token")
            old.state = State.DELETED
            self.did("promote", second[0])
            return Response.json(_token(request, second[0]) | {"auth_token": second[0].value})

        return self._exchange(request, promoted)

    def _old_keys(self, request: Request) -> Response:
        def reply(account: Account) -> Response:
            shown, following, size = self._page(request, account.sid)
            next_page = f"{request.path}?PageSize={size}&Page={following}" if following else None
            page = {"page_size": size, "uri": request.path, "first_page_uri": request.path, "next_page_uri": next_page}
            return Response.json({"keys": [_shown(key) for key in shown], "previous_page_uri": None} | page)

        return self._managed(request, request.groups["account"], reply)

    def _page(self, request: Request, sid: str) -> tuple[list[Key], int, int]:
        size = min(self.page, int(request.query.get("PageSize", "50")))
        number = int(request.query.get("Page", "0"))
        keys = [key for key in self.listed(sid) if key.id.startswith("SK")]
        more = (number + 1) * size < len(keys)
        return keys[number * size : (number + 1) * size], number + 1 if more else 0, size

    def _meta(self, request: Request, key: str, next_page: str | None, size: int) -> dict[str, Any]:
        here = f"{request.url}{request.path}"
        first = {"first_page_url": here, "url": here, "previous_page_url": None, "next_page_url": next_page}
        return first | {"key": key, "page": int(request.query.get("Page", "0")), "page_size": size}


def _shown(key: Key) -> dict[str, Any]:
    made = format_datetime(key.created)
    return {"sid": key.id, "friendly_name": key.name, "date_created": made, "date_updated": made}


def _page_of(key: Key) -> dict[str, Any]:
    return _shown(key) | {"policy": key.traits.get("policy")}


def _token(request: Request, key: Key) -> dict[str, Any]:
    made = key.created.isoformat()
    return {"account_sid": key.account, "date_created": made, "date_updated": made, "url": request.url + request.path}


def _error(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Response.json({"code": code, "message": message, "more_info": more, "status": status}, status)


def _refusal(state: State) -> Response:
    match state:
        case State.LIMITED:
            return _error(403, 70051, "Authorization Failed")
        case State.OUT_OF_CREDIT:
            return _error(403, 20005, "Account not active")
        case State.SUSPENDED:
            return _error(403, 20403, "403 Forbidden")
        case State.RATE_LIMITED:
            return _error(429, 20429, "Too Many Requests")
        case State.DOWN:
            return _error(503, 20503, "Service is unavailable. Please try again.")
        case _:
            return _error(401, 20003, "Authenticate")


_DEAD = _refusal(State.DELETED)
