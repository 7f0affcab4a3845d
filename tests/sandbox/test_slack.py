from __future__ import annotations

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from credwatch.sandbox.server import Server
from credwatch.sandbox.slack import SCOPES, TOKEN, Failure, Slack


@pytest.fixture
def slack() -> Slack:
    return Slack(("credentials", "voice-oncall"), groups={"voice-oncall": "S00000001"})


@pytest.fixture
def client(slack: Slack) -> Iterator[WebClient]:
    """slack_sdk's own client, its repeats turned off."""
    with Server(slack) as server:
        yield WebClient(token=TOKEN, base_url=f"{server.url}/api/", retry_handlers=[])


MARK = {"event_type": "credwatch", "event_payload": {"id": "m-1"}}


def error_of(caught: pytest.ExceptionInfo[SlackApiError]) -> object:
    return caught.value.response["error"]


def test_a_message_is_kept_in_its_channel(slack: Slack, client: WebClient) -> None:
    answer = client.chat_postMessage(channel="#credentials", text="hello", metadata=MARK)

    assert answer["channel"] == slack.rooms["credentials"].id
    assert slack.rooms["credentials"].texts() == ["hello"]


def test_the_history_shows_metadata_only_when_it_is_asked_for(slack: Slack, client: WebClient) -> None:
    client.chat_postMessage(channel="#credentials", text="hello", metadata=MARK)
    room = slack.rooms["credentials"].id

    without = client.conversations_history(channel=room)["messages"]
    with_it = client.conversations_history(channel=room, include_all_metadata=True)["messages"]

    assert "metadata" not in without[0]
    assert with_it[0]["metadata"] == MARK


def test_a_reply_stands_in_its_thread_and_not_in_the_channel(slack: Slack, client: WebClient) -> None:
    parent = client.chat_postMessage(channel="#credentials", text="first")
    client.chat_postMessage(channel=parent["channel"], text="second", thread_ts=parent["ts"])

    shown = client.conversations_replies(channel=parent["channel"], ts=parent["ts"])["messages"]

    assert slack.rooms["credentials"].texts() == ["first"]
    assert [message["text"] for message in shown] == ["first", "second"]


def test_the_history_comes_newest_first_and_in_pages(slack: Slack, client: WebClient) -> None:
    room = slack.rooms["credentials"].id
    for number in range(5):
        client.chat_postMessage(channel=room, text=str(number))

    first = client.conversations_history(channel=room, limit=3)
    second = client.conversations_history(channel=room, limit=3, cursor=first["response_metadata"]["next_cursor"])

    assert [message["text"] for page in (first, second) for message in page["messages"]] == ["4", "3", "2", "1", "0"]
    assert second["has_more"] is False


def test_a_message_is_edited_and_deleted(slack: Slack, client: WebClient) -> None:
    posted = client.chat_postMessage(channel="#credentials", text="first")

    client.chat_update(channel=posted["channel"], ts=posted["ts"], text="changed")
    changed = slack.rooms["credentials"].texts()
    client.chat_delete(channel=posted["channel"], ts=posted["ts"])

    assert (changed, slack.rooms["credentials"].texts()) == (["changed"], [])


def test_the_token_says_what_it_may_do(client: WebClient) -> None:
    assert client.auth_test().headers["x-oauth-scopes"] == SCOPES


def test_groups_people_and_channels_are_listed(client: WebClient) -> None:
    assert client.usergroups_list()["usergroups"] == [{"id": "S00000001", "handle": "voice-oncall"}]
    assert [person["name"] for person in client.users_list()["members"]] == ["ana"]
    assert [room["name"] for room in client.conversations_list()["channels"]] == ["credentials", "voice-oncall"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"archived": True}, "is_archived"),
        ({"member": False}, "not_in_channel"),
        ({"name": "renamed"}, "channel_not_found"),
    ],
)
def test_a_channel_that_takes_nothing_says_why(
    slack: Slack, client: WebClient, change: dict[str, object], error: str
) -> None:
    for name, value in change.items():
        setattr(slack.rooms["credentials"], name, value)

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="#credentials", text="hello")

    assert error_of(caught) == error


def test_a_wrong_token_is_refused(slack: Slack, client: WebClient) -> None:
    slack.token = "another"

    with pytest.raises(SlackApiError) as caught:
        client.auth_test()

    assert error_of(caught) == "invalid_auth"


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (Failure("ratelimited", retry_after=7), 429),
        (Failure("server_error"), 503),
        (Failure("garbled"), 200),
        (Failure("error", "token_revoked"), 200),
    ],
)
@pytest.mark.parametrize("taken", [True, False])
def test_a_call_fails_once_as_it_was_told_to(
    slack: Slack,
    client: WebClient,
    failure: Failure,
    status: int,
    taken: bool,  # noqa: FBT001  a parameter of the table
) -> None:
    slack.fail(Failure(failure.kind, failure.error, failure.retry_after, taken=taken))

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="#credentials", text="hello")
    client.auth_test()

    assert caught.value.response.status_code == status
    assert slack.rooms["credentials"].texts() == (["hello"] if taken else [])


def test_blocks_beyond_slacks_limits_are_refused(client: WebClient) -> None:
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="#credentials", text="hello", blocks=long)

    assert error_of(caught) == "invalid_blocks"
