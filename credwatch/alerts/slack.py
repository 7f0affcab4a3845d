"""Slack. slack_sdk is imported with this module, and this module only when a Slack channel is opened."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from credwatch.alerts.channel import NO_ANSWER, NOT_THERE, Posted
from credwatch.alerts.mrkdwn import blocks, escape
from credwatch.alerts.slack_client import Client
from credwatch.alerts.words import Words
from credwatch.errors import DeliveryError
from credwatch.secrets import Secret

SLACK = "https://slack.com/api/"
EVENT = "credwatch"
DEAD = frozenset(
    [
        "not_authed",
        "invalid_auth",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "no_permission",
        "missing_scope",
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
        "not_allowed_token_type",
        "access_denied",
        "team_not_found",
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
    ]
)
"""After these a channel takes nothing until a person mends it."""
_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_ABSENT = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"})
_ID = re.compile(r"[CG][A-Z0-9]{7,}")
_PAGE = 200
_ASKED = 3
"""So often it is asked whom a mention calls, where nothing is answered: a page goes out once, and calls nobody later."""
_SILENT = logging.getLogger(f"{__name__}.sdk")
"""What fails is told by DeliveryError, once; the SDK's own line would quote whole answers."""
_SILENT.setLevel(logging.CRITICAL)


class SlackChannel:
    """chat.postMessage and its kin, by slack_sdk, whose own repeats are off: ours know what was said already."""

    pause = 1.0

    def __init__(
        self,
        token: Secret,
        *,
        base_url: str = SLACK,
        proxy: str | None = None,
        ca: Path | None = None,
        timeout: int = 15,
    ) -> None:
        self.client = Client(
            token.reveal(),
            base_url=base_url,
            timeout=timeout,
            proxy=proxy,
            ssl=ssl.create_default_context(cafile=ca) if ca else None,
            retry_handlers=[],
            logger=_SILENT,
        )

    def post(self, where: str, words: Words, message: str) -> Posted:
        """A message of its own."""
        return self._post(words, message, channel=where)

    def reply(self, parent: Posted, words: Words, message: str) -> Posted:
        """A message in the parent's thread."""
        return self._post(words, message, channel=parent.channel_id, thread_ts=parent.ts)

    def update(self, posted: Posted, words: Words) -> None:
        """The message says this now; nobody is called by an edit."""
        self._said(self.client.chat_update, words, channel=posted.channel_id, ts=posted.ts)

    def delete(self, posted: Posted) -> None:
        """The message is gone."""
        self.call(self.client.chat_delete, channel=posted.channel_id, ts=posted.ts)

    def find(self, where: str, message: str, since: datetime, parent: Posted | None) -> Posted | None:
        """The message whose metadata has our id. Without the right to read the history nobody can say, so: None."""
        try:
            channel = parent.channel_id if parent else self.channel_id(where)
            for found in self._history(channel, f"{since.timestamp():.6f}", parent):
                metadata = found.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT and payload.get("id") == message:
                    return Posted(channel, str(found["ts"]))
        except DeliveryError as error:
            if error.reason != "missing_scope":
                raise
        return None

    def channel_id(self, where: str) -> str:
        """The id of a channel that is configured by its name."""
        if _ID.fullmatch(where):
            return where
        try:
            return self._channels[where.removeprefix("#")]
        except KeyError:
            raise DeliveryError("channel_not_found", permanent=True) from None

    def mention(self, whom: str) -> str:
        """`@voice-oncall` as Slack calls a user group or a person; as plain text where Slack knows nobody of the name."""
        name = whom.removeprefix("@")
        if name in ("here", "channel", "everyone"):
            return f"<!{name}>"
        if re.fullmatch(r"S[A-Z0-9]{7,}", name) or name in self.groups:
            return f"<!subteam^{self.groups.get(name, name)}>"
        if re.fullmatch(r"[UW][A-Z0-9]{7,}", name) or name in self._people:
            return f"<@{self._people.get(name, name)}>"
        return escape(whom)

    def scopes(self) -> frozenset[str]:
        """What the token may do, as Slack says in a header."""
        headers = {name.lower(): value for name, value in self.call(self.client.auth_test).headers.items()}
        return frozenset(scope.strip() for scope in _text(headers.get("x-oauth-scopes")).split(",") if scope.strip())

    def joined(self, where: str) -> bool:
        """Whether the bot is in the channel."""
        found = self.call(self.client.conversations_info, channel=self.channel_id(where))
        return bool(found["channel"].get("is_member"))

    def known(self, mention: str) -> bool:
        """Whether the mention becomes more than plain text."""
        return self.mention(mention).startswith("<")

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """The user groups' handles and ids; none where we may not list them."""
        return _known(
            lambda: {group["handle"]: group["id"] for group in self.call(self.client.usergroups_list)["usergroups"]}
        )

    @cached_property
    def _people(self) -> Mapping[str, str]:
        return _known(lambda: {one["name"]: one["id"] for one in self._pages(self.client.users_list, "members")})

    @cached_property
    def _channels(self) -> Mapping[str, str]:
        found = self._pages(self.client.conversations_list, "channels", types="public_channel,private_channel")
        return {channel["name"]: channel["id"] for channel in found}

    def _history(self, channel: str, oldest: str, parent: Posted | None) -> Iterator[Mapping[str, Any]]:
        asked = {"channel": channel, "oldest": oldest, "include_all_metadata": True}
        if parent is None:
            return self._pages(self.client.conversations_history, "messages", **asked)
        return self._pages(self.client.conversations_replies, "messages", ts=parent.ts, **asked)

    def _pages(self, method: Callable[..., Any], what: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
        cursor = None
        while cursor != "":
            page = self.call(method, **asked, limit=_PAGE, **({"cursor": cursor} if cursor else {}))
            yield from page[what]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""

    def _post(self, words: Words, message: str, **where: str) -> Posted:
        answer = self._said(
            self.client.chat_postMessage,
            words,
            **where,
            client_msg_id=message,
            metadata={"event_type": EVENT, "event_payload": {"id": message}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return Posted(answer["channel"], answer["ts"])

    def _said(self, method: Callable[..., Any], words: Words, **where: Any) -> Any:
        """With blocks; as plain text where Slack does not take them, for a page must not fail by its looks."""
        mention = self.mention(words.mention) if words.mention else ""
        text = escape(words.text) + (f" · {mention}" if mention else "")
        try:
            return self.call(method, **where, text=text, blocks=blocks(words, mention))
        except DeliveryError as error:
            if error.reason not in _BLOCKS:
                raise
            rest = [escape(line) for line in words.plainly().split("\n")[1:]]
            return self.call(method, **where, text="\n".join([text, *rest]))

    def call(self, method: Callable[..., Any], **arguments: Any) -> Any:
        """One call of Slack's API. DeliveryError says whether it was refused, and for how long."""
        try:
            return method(**arguments)
        except SlackApiError as error:
            raise _refusal(error.response) from None
        except (OSError, HTTPException, SlackClientError, ValueError):
            raise DeliveryError(NO_ANSWER) from None


def _known(ask: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """Names and ids; none where they are refused, or nothing is answered however often it is asked."""
    for _ in range(_ASKED):
        try:
            return ask()
        except DeliveryError as error:
            if error.reason != NO_ANSWER:
                break
    return {}


def _refusal(response: Any) -> DeliveryError:
    status = response.status_code
    reason = response.get("error") if isinstance(response.data, dict) else None
    if status == 429 or reason in ("ratelimited", "rate_limited"):
        return DeliveryError("ratelimited", retry_after=_retry_after(response.headers))
    if status >= 500 or not isinstance(reason, str) or not re.fullmatch(r"[a-z_]{1,60}", reason):
        return DeliveryError(NO_ANSWER)
    if reason in _ABSENT:
        return DeliveryError(NOT_THERE)
    return DeliveryError(reason, permanent=reason in DEAD)


def _retry_after(headers: Mapping[str, Any]) -> timedelta:
    lower = {name.lower(): value for name, value in headers.items()}
    text = _text(lower.get("retry-after"))
    return timedelta(seconds=int(text) if text.isdigit() else 30)


def _text(header: Any) -> str:
    """A header's value; slack_sdk hands some on as lists."""
    return str(header[0] if isinstance(header, list) and header else header or "")
