from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from credwatch.alerts.channel import NO_ANSWER, NOT_THERE, ConsoleChannel, Posted
from credwatch.alerts.doctor import channels, diagnose, test_channels
from credwatch.alerts.opening import open_channel, open_slack
from credwatch.alerts.slack import SlackChannel
from credwatch.alerts.words import Words
from credwatch.errors import ConfigError, DeliveryError
from credwatch.sandbox.slack import TOKEN, Failure
from credwatch.secrets import Secret
from tests.alerts.world import CONFIG, FRIDAY, SILENT, World, configured

WORDS = Words(("Page: something",), (("a line",),), "cw-1")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("ratelimited", retry_after=7), ("ratelimited", False, timedelta(seconds=7))),
        (Failure("server_error"), (NO_ANSWER, False, None)),
        (Failure("garbled"), (NO_ANSWER, False, None)),
        (Failure("error", "token_revoked"), ("token_revoked", True, None)),
        (Failure("error", "account_inactive"), ("account_inactive", True, None)),
        (Failure("error", "channel_not_found"), ("channel_not_found", True, None)),
        (Failure("error", "missing_scope"), ("missing_scope", True, None)),
        (Failure("error", "internal_error"), ("internal_error", False, None)),
        (Failure("error", "thread_not_found"), (NOT_THERE, False, None)),
    ],
)
def test_each_failure_of_slack_has_its_reason(
    world: World, failure: Failure, said: tuple[str, bool, timedelta | None]
) -> None:
    world.slack.fail(failure)

    with pytest.raises(DeliveryError) as caught:
        world.channel().post("#credentials", WORDS, "m-1")

    assert (caught.value.reason, caught.value.permanent, caught.value.retry_after) == said


def test_no_answer_at_all_leaves_it_open() -> None:
    with pytest.raises(DeliveryError) as caught:
        SlackChannel(Secret(TOKEN), base_url="http://127.0.0.1:1/api/", timeout=1).post("#credentials", WORDS, "m-1")

    assert caught.value.reason == NO_ANSWER
    assert caught.value.__cause__ is None


def test_a_page_that_slack_finds_ugly_is_sent_as_plain_text(world: World) -> None:
    world.slack.fail(Failure("error", "invalid_blocks"))

    world.channel().post("#credentials", WORDS, "m-1")

    message = world.slack.rooms["credentials"].messages[0]
    assert (message.text, message.blocks) == ("Page: something\na line\ncw-1", [])


def test_slack_is_told_with_each_try_which_message_it_is_so_that_it_takes_no_second_one(world: World) -> None:
    for _ in range(2):
        world.channel().post("#credentials", WORDS, "m-1")

    known = [
        (one.client_msg_id, one.metadata["event_payload"]["id"]) for one in world.slack.rooms["credentials"].messages
    ]
    assert known == [("m-1", "m-1")] * 2


@pytest.mark.parametrize(
    ("mention", "called"),
    [
        ("@voice-oncall", "<!subteam^S00000001>"),
        ("@ana", "<@U00000002>"),
        ("@here", "<!here>"),
        ("S0123456789", "<!subteam^S0123456789>"),
        ("@nobody & <!channel>", "@nobody &amp; &lt;!channel&gt;"),
    ],
)
def test_a_mention_calls_a_group_a_person_or_nobody(world: World, mention: str, called: str) -> None:
    assert world.channel().mention(mention) == called


def test_groups_that_may_not_be_listed_do_not_hold_up_a_page(world: World) -> None:
    world.slack.fail(Failure("error", "missing_scope", method="usergroups.list"))

    world.channel().post("#credentials", Words(("Page",), mention="@voice-oncall"), "m-1")

    assert world.texts("credentials") == ["Page · @voice-oncall"]


@pytest.mark.parametrize(("times", "called"), [(1, "<!subteam^S00000001>"), (3, "@voice-oncall")])
def test_a_page_calls_its_owner_though_slack_once_did_not_say_who_that_is(
    world: World, times: int, called: str
) -> None:
    world.slack.fail(*[Failure("server_error", method="usergroups.list")] * times)

    world.channel().post("#credentials", Words(("Page",), mention="@voice-oncall"), "m-1")

    assert world.texts("credentials") == [f"Page · {called}"]


def test_a_message_is_found_by_its_id_in_the_channel_and_in_a_thread(world: World) -> None:
    channel = world.channel()
    since = world.clock.at - timedelta(minutes=1)
    parent = channel.post("#credentials", WORDS, "m-1")
    reply = channel.reply(parent, WORDS, "m-2")

    assert channel.find("#credentials", "m-1", since, None) == parent
    assert channel.find("#credentials", "m-2", since, parent) == reply
    assert channel.find("#credentials", "m-3", since, None) is None


def test_a_history_that_may_not_be_read_cannot_hold_up_a_page(world: World) -> None:
    world.slack.fail(Failure("error", "missing_scope", method="conversations.history"))

    assert world.channel().find("#credentials", "m-1", world.clock.at, None) is None


def test_importing_alerts_imports_no_sdk() -> None:
    code = "import sys, credwatch.alerts; sys.exit(any(name.startswith('slack_sdk') for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_slack_the_channel_is_the_console() -> None:
    assert isinstance(open_channel(configured(SILENT), print), ConsoleChannel)


def test_a_console_prints_posts_and_replies_and_not_edits() -> None:
    printed: list[str] = []
    console = ConsoleChannel(printed.append)

    posted = console.post("console", WORDS, "m-1")
    console.reply(posted, WORDS, "m-2")
    console.update(posted, WORDS)
    console.delete(posted)

    assert printed == ["Page: something\na line\ncw-1\n"] * 2
    assert console.find("console", "m-1", FRIDAY, None) is None


def test_slack_is_opened_with_the_token_that_is_referred_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)

    channel = open_slack(configured(CONFIG.replace("[slack]", f'[slack]\nbase_url = "{world.url}/api"')))

    assert channel.post("#credentials", WORDS, "m-1") == Posted(
        "C000000001", world.slack.rooms["credentials"].messages[0].ts
    )


def test_a_token_that_is_not_there_is_a_matter_of_configuration(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_TOKEN", raising=False)

    with pytest.raises(ConfigError, match="SLACK_TOKEN"):
        open_slack(world.config)


# -- doctor and alert --test ---------------------------------------------------------------------------------------


def test_the_test_message_goes_to_every_channel_and_is_deleted_again(world: World) -> None:
    world.slack.rooms["voice-oncall"].archived = True

    found = test_channels(world.config, world.channel())

    assert [(one.channel, one.ok, one.said) for one in found] == [
        ("#credentials", True, "posted, deleted again"),
        ("#voice-oncall", False, "is_archived"),
        ("#voice-alerts", True, "posted, deleted again"),
    ]
    assert world.texts("credentials") == []


def test_every_channel_is_named_once(world: World) -> None:
    assert channels(world.config) == ("#credentials", "#voice-oncall", "#voice-alerts")


def test_doctor_names_what_would_keep_an_alert_away(world: World) -> None:
    world.slack.rooms["voice-oncall"].member = False
    del world.slack.rooms["voice-alerts"]

    found = {line.what: (line.ok, line.said) for line in diagnose(world.config, world.channel())}

    assert found == {
        "scopes": (True, "all"),
        "#credentials": (True, "the bot is in it"),
        "#voice-oncall": (False, "the bot is not in it"),
        "#voice-alerts": (False, "channel_not_found"),
        "mention of platform": (False, "Slack knows no @platform-oncall: it would be plain text and call nobody"),
    }


def test_doctor_says_that_the_token_is_refused(world: World) -> None:
    world.slack.token = "another"

    (line,) = diagnose(world.config, world.channel())

    assert (line.ok, line.said, line.mend) == (
        False,
        "invalid_auth",
        "put a valid bot token where [slack] token points",
    )
