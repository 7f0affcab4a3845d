"""A local Slack: it keeps messages by channel, knows its members, and fails when it is told to."""

from __future__ import annotations

import itertools
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from credwatch.sandbox.server import Request, Response, Route

TOKEN = "xoxb-sandbox"  # noqa: S105  made up, good for this server only
SCOPES = "chat:write,channels:read,groups:read,channels:history,groups:history,usergroups:read"
_PAGE = 100
_SILENCE = 60.0
"""Seconds; a client has given up long before."""


@dataclass(frozen=True)
class Failure:
    """How the next call ends instead."""

    kind: Literal["error", "ratelimited", "server_error", "garbled", "silent"]
    error: str = ""
    """Slack's word, for `error`."""
    retry_after: int = 1
    method: str = ""
    """Only for this method; empty: for whichever comes next."""
    taken: bool = False
    """The call has its effect all the same, and only its answer is lost."""


@dataclass
class Message:
    """One message, as Slack keeps it."""

    ts: str
    text: str
    blocks: list[Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    thread_ts: str | None = None
    client_msg_id: str = ""
    edits: int = 0

    def shown(self, *, metadata: bool) -> dict[str, Any]:
        """As the history shows it."""
        shown: dict[str, Any] = {"type": "message", "ts": self.ts, "text": self.text, "blocks": self.blocks}
        if self.thread_ts:
            shown["thread_ts"] = self.thread_ts
        if self.metadata and metadata:
            shown["metadata"] = self.metadata
        return shown


@dataclass
class Room:
    """One channel."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    messages: list[Message] = field(default_factory=list)

    def texts(self) -> list[str]:
        """What it shows, oldest first, without the threads."""
        return [message.text for message in self.messages if message.thread_ts is None]

    def thread(self, of: str) -> list[str]:
        """The answers in the thread of the message whose text begins so."""
        parent = next(message for message in self.messages if message.text.startswith(of))
        return [message.text for message in self.messages if message.thread_ts == parent.ts]


class Refused(Exception):  # noqa: N818  it is an answer
    """Slack's `ok: false`."""


class Slack:
    """The part of Slack's Web API that alerts use. Every method answers as documented at docs.slack.dev."""

    def __init__(
        self,
        channels: Iterable[str] = ("credentials", "voice-oncall"),
        *,
        token: str = TOKEN,
        groups: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.token = token
        self.rooms = {name: Room(f"C{index:09d}", name) for index, name in enumerate(channels, 1)}
        self.groups = dict(groups or {})
        self.failures: deque[Failure] = deque()
        self._now = now
        self._count = itertools.count(1)
        self._lock = threading.Lock()
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "auth.test": self._auth,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "usergroups.list": self._usergroups,
            "users.list": self._users,
        }

    def routes(self) -> tuple[Route, ...]:
        """Everything lies under /api/."""
        return (Route("POST", r"/api/(?P<method>[A-Za-z.]+)", self._answer),)

    def fail(self, *failures: Failure) -> None:
        """The next calls end like this, one each."""
        self.failures.extend(failures)

    # -- answering -----------------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        method = request.groups["method"]
        with self._lock:
            failure = self._due(method)
            if failure is not None and not failure.taken:
                return _failed(failure)
            answer = self._call(method, request)
            return _failed(failure) if failure is not None else answer

    def _call(self, method: str, request: Request) -> Response:
        headers = {"x-oauth-scopes": SCOPES}
        if request.authorization("Bearer") != self.token:
            return Response.json({"ok": False, "error": "invalid_auth"})
        if method not in self._methods:
            return Response.json({"ok": False, "error": "unknown_method"})
        try:
            return Response.json({"ok": True} | self._methods[method](_arguments(request)), headers=headers)
        except Refused as refusal:
            return Response.json({"ok": False, "error": str(refusal)}, headers=headers)

    def _due(self, method: str) -> Failure | None:
        if self.failures and self.failures[0].method in ("", method):
            return self.failures.popleft()
        return None

    # -- methods -------------------------------------------------------------------------------------------------

    def _auth(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"team": "sandbox", "user": "credwatch", "user_id": "U00000001", "bot_id": "B00000001"}

    def _post(self, asked: dict[str, Any]) -> dict[str, Any]:
        room = self._room(asked, writing=True)
        if not asked.get("text") and not asked.get("blocks"):
            raise Refused("no_text")
        thread = asked.get("thread_ts") or None
        if thread and not any(message.ts == thread for message in room.messages):
            raise Refused("thread_not_found")
        blocks = _checked(asked.get("blocks") or [])
        message = Message(
            self._ts(),
            str(asked.get("text", "")),
            blocks,
            asked.get("metadata") or {},
            thread,
            str(asked.get("client_msg_id", "")),
        )
        room.messages.append(message)
        return {"channel": room.id, "ts": message.ts, "message": message.shown(metadata=True)}

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        room = self._room(asked)
        message = _message(room, asked)
        message.text, message.blocks = str(asked.get("text", "")), _checked(asked.get("blocks") or [])
        message.edits += 1
        return {"channel": room.id, "ts": message.ts, "text": message.text}

    def _delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        room = self._room(asked)
        message = _message(room, asked)
        room.messages.remove(message)
        return {"channel": room.id, "ts": message.ts}

    def _list(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"channels": [_shown(room) for room in self.rooms.values()], "response_metadata": {"next_cursor": ""}}

    def _info(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"channel": _shown(self._room(asked, member=False))}

    def _history(self, asked: dict[str, Any]) -> dict[str, Any]:
        room = self._room(asked)
        return self._page([message for message in room.messages if message.thread_ts is None], asked, newest_first=True)

    def _replies(self, asked: dict[str, Any]) -> dict[str, Any]:
        room = self._room(asked)
        parent = asked.get("ts")
        found = [message for message in room.messages if parent in (message.ts, message.thread_ts)]
        if not found:
            raise Refused("thread_not_found")
        return self._page(found, asked, newest_first=False)

    def _usergroups(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"usergroups": [{"id": known, "handle": handle} for handle, known in self.groups.items()]}

    def _users(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"members": [{"id": "U00000002", "name": "ana"}], "response_metadata": {"next_cursor": ""}}

    # -- parts ---------------------------------------------------------------------------------------------------

    def _page(self, messages: list[Message], asked: dict[str, Any], *, newest_first: bool) -> dict[str, Any]:
        oldest = float(asked.get("oldest") or 0)
        metadata = str(asked.get("include_all_metadata", "")).lower() in ("1", "true")
        recent = [message for message in messages if float(message.ts) >= oldest]
        ordered = recent[::-1] if newest_first else recent
        start, limit = int(asked.get("cursor") or 0), min(int(asked.get("limit") or _PAGE), _PAGE)
        more = start + limit < len(ordered)
        return {
            "messages": [message.shown(metadata=metadata) for message in ordered[start : start + limit]],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _room(self, asked: dict[str, Any], *, writing: bool = False, member: bool = True) -> Room:
        """By its id; a message may also be posted to a name."""
        given = str(asked.get("channel", ""))
        named = given.removeprefix("#") if writing else ""
        room = next((room for room in self.rooms.values() if given == room.id or named == room.name), None)
        if room is None:
            raise Refused("channel_not_found")
        if room.archived and writing:
            raise Refused("is_archived")
        if member and not room.member:
            raise Refused("not_in_channel")
        return room

    def _ts(self) -> str:
        return f"{int(self._now().timestamp())}.{next(self._count):06d}"


def _arguments(request: Request) -> dict[str, Any]:
    """slack_sdk sends JSON or a form; in a form, lists and tables are JSON."""
    if isinstance(given := request.json(), dict):
        return given
    form: dict[str, Any] = dict(request.form())
    return form | {name: json.loads(form[name]) for name in ("blocks", "metadata") if name in form}


def _message(room: Room, asked: dict[str, Any]) -> Message:
    found = next((message for message in room.messages if message.ts == asked.get("ts")), None)
    if found is None:
        raise Refused("message_not_found")
    return found


def _checked(blocks: Any) -> list[Any]:
    """Slack's limits: 50 blocks, 3000 characters in a text."""
    given = json.loads(blocks) if isinstance(blocks, str) else list(blocks)
    texts = [block["text"]["text"] for block in given if "text" in block]
    if len(given) > 50 or any(not text or len(text) > 3000 for text in texts):
        raise Refused("invalid_blocks")
    return given


def _shown(room: Room) -> dict[str, Any]:
    return {"id": room.id, "name": room.name, "is_member": room.member, "is_archived": room.archived}


def _failed(failure: Failure) -> Response:
    match failure.kind:
        case "ratelimited":
            return Response.json({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(failure.retry_after)})
        case "server_error":
            return Response.text("upstream connect error", 503)
        case "garbled":
            return Response(200, b'{"ok": tru', {"content-type": "application/json"})
        case "silent":
            return Response(200, delay=_SILENCE)
    return Response.json({"ok": False, "error": failure.error})
