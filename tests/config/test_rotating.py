from datetime import date, time, timedelta

import pytest

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.config.windows import Dates, Weekly, window
from credwatch.errors import ConfigError
from credwatch.model import Revoke
from credwatch.references import Reference

NAME = "credwatch.toml"
CANARY = "canary-4711"
CONSUMER = '[[consumers]]\nname = "a"\nreads = "v:kv/a"\n'


def read(text: str, **environ: str) -> Config:
    return parse(text, environ, NAME)


def complaints(text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(text, environ, NAME)
    return str(raised.value).splitlines()


def test_without_a_word_nothing_rotates_by_itself_and_a_person_is_asked() -> None:
    config = read("")

    assert (config.defaults.rotate, config.rotate.revoke) == ("off", Revoke.ASK)
    assert (config.rotate.max_per_day, config.rotate.freeze, config.rotate.identities) == (4, (), {})
    assert (config.consumers, config.renewals) == ((), ())


def test_everything_that_can_be_said_of_rotations_is_read() -> None:
    config = read(
        """
        [rotate]
        freeze = ["Fri 12:00 - Mon 08:00", "2026-12-18 - 2027-01-04"]
        max_per_day = 2
        revoke = "proved"
        [rotate.identities]
        vault-prod = { kubernetes = "credwatch-rotate" }
        [[consumers]]
        name = "voice-agent"
        reads = ["vault-prod:kv/voice/prod"]
        reload = { kubernetes = "voice/deployment/voice-agent" }
        settles = "2h"
        proof = "http://voice-agent.voice.svc:9090/credentials"
        [[consumers]]
        name = "ivr"
        reads = "vault-prod:kv/ivr/**"
        reload = { webhook = "https://ivr.example.com/reload", secret = "file:/run/secrets/hook" }
        proof = "/run/ivr/key"
        [[consumers]]
        name = "batch"
        reads = "vault-prod:kv/batch"
        reload = { command = ["/usr/bin/systemctl", "reload", "batch"] }
        """
    )

    freeze = (Weekly(4, time(12), 0, time(8)), Dates(date(2026, 12, 18), date(2027, 1, 4)))
    assert (config.rotate.freeze, config.rotate.max_per_day) == (freeze, 2)
    assert config.rotate.identities == {"vault-prod": {"kubernetes": "credwatch-rotate"}}
    agent, ivr, batch = config.consumers
    assert (agent.name, agent.reads, agent.settles) == (
        "voice-agent",
        ("vault-prod:kv/voice/prod",),
        timedelta(hours=2),
    )
    assert [one.reload and one.reload.said for one in config.consumers] == [
        "restart voice/deployment/voice-agent",
        "POST ivr.example.com",
        "run /usr/bin/systemctl",
    ]
    assert ivr.reload is not None
    assert ivr.reload.secret == Reference("file:/run/secrets/hook")
    assert (batch.settles, batch.proof) == (timedelta(0), None)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[rotate]\nfreez = ["Fri 12:00 - Mon 08:00"]', "line 2: [rotate] freez is not known. Did you mean freeze?"),
        ('[rotate]\nfreeze = "Fri 12:00 - Mon 08:00"', "line 2: [rotate] freeze: a list:"),
        ('[rotate]\nfreeze = ["Fri 12 - Mon 8"]', "line 2: [rotate] freeze: a freeze is written"),
        ('[rotate]\nfreeze = ["Fri 24:00 - Mon 08:00"]', "line 2: [rotate] freeze: a freeze is written"),
        ('[rotate]\nfreeze = ["Fre 12:00 - Mon 08:00"]', "a day of the week is one of Mon Tue Wed Thu Fri Sat Sun"),
        ('[rotate]\nfreeze = ["Fri 12:00 - Fri 12:00"]', "line 2: [rotate] freeze: it ends when it begins"),
        ('[rotate]\nfreeze = ["2026-02-30 - 2026-03-01"]', "line 2: [rotate] freeze: there is no such day"),
        ('[rotate]\nfreeze = ["2027-01-04 - 2026-12-18"]', "its last day is before its first"),
        ('[rotate]\nfreeze = ["Mon 00:00 - Thu 00:00", "Thu 00:00 - Mon 00:00"]', "leave no time of the week free"),
        ('[rotate]\nfreeze = ["Thu 00:00 - Tue 00:00", "Mon 12:00 - Thu 01:00"]', "leave no time of the week free"),
        ("[rotate]\nmax_per_day = -1", "line 2: [rotate] max_per_day: "),
        ('[rotate]\nrevoke = "never"', "line 2: [rotate] revoke must be one of 'ask', 'proved' or 'grace'"),
        ('[rotate.identities]\nvault = "x"', "line 2: [rotate.identities] vault must be a table"),
        ('[defaults]\nrotate = "yes"', "line 2: [defaults] rotate must be one of 'off', 'manual' or 'auto'"),
        ('[[rules]]\nmatch = { place = "**" }\nrotate = true', "line 3: [[rules]] rotate must be one of"),
        ('[[rules]]\nmatch = { place = "**" }\nrotate_at = "21"', "line 3: [[rules]] rotate_at: a length is"),
        ('[[rules]]\nmatch = { place = "**" }\nexpires = "0d"', "line 3: [[rules]] expires: must be longer than"),
        ('[[rules]]\nmatch = { place = "**" }\nrevoke = "now"', "line 3: [[rules]] revoke must be one of"),
        ('[[consumer]]\nname = "a"', "[[consumer]] is not known. Did you mean [[consumers]]?"),
        ('[[consumers]]\nname = "a"', "line 1: [[consumers]] reads is missing. For example: reads = "),
        ('[[consumers]]\nname = "a"\nreads = []', "line 3: [[consumers]] reads"),
        ('[[consumers]]\nname = "a"\nreads = "kv"', "line 3: [[consumers]] reads: a place is provider:path"),
        (f"{CONSUMER}reload = {{ }}", "line 4: [[consumers]] reload: one of {"),
        (f'{CONSUMER}reload = {{ kubernetes = "voice-agent" }}', "a workload is namespace/kind/name"),
        (f'{CONSUMER}reload = {{ kubernetes = "a/job/b" }}', "a workload is namespace/kind/name"),
        (f'{CONSUMER}reload = {{ webhook = "https://a.example" }}', "a webhook is signed"),
        (f'{CONSUMER}reload = {{ command = ["a"], secret = "env:X" }}', "a webhook is signed"),
        (
            f'{CONSUMER}reload = {{ webhook = "http://a.example", secret = "env:X" }}',
            'reload.webhook: must begin with "https://"',
        ),
        (f'{CONSUMER}reload = {{ webhook = "https://a.example", secret = "{CANARY}" }}', "a secret is a reference"),
        (f"{CONSUMER}reload = {{ command = [] }}", "reload.command"),
        (f'{CONSUMER}reload = {{ command = "a b" }}', "reload.command must be a list"),
        (f'{CONSUMER}reload = {{ command = ["a"], token = "env:X" }}', "are for { kubernetes = … }"),
        (
            f'{CONSUMER}reload = {{ kubernetes = "a/deployment/b", server = "https://k.example" }}',
            "another cluster is reached with a token of its own",
        ),
        (f'{CONSUMER}proof = "voice-agent:9090"', "proof: an address begins with"),
        (f'{CONSUMER}proof = "http://u:{CANARY}@a.example/"', "proof: no user and no password"),
        (f'{CONSUMER}settles = "soon"', "line 4: [[consumers]] settles: a length is"),
        (f'{CONSUMER}settle = "2h"', "Did you mean settles?"),
        ('[[renewals]]\nplace = "v:a#b"', "line 1: [[renewals]] command is missing. For example: command = "),
        ('[[renewals]]\ncommand = ["a"]', "line 1: [[renewals]] place is missing. For example: place = "),
        ('[[renewals]]\nplace = "a"\ncommand = ["a"]', "line 2: [[renewals]] place: a place is provider:path"),
        ('[[renewals]]\nplace = "v:a"\ncommand = "a b"', "line 3: [[renewals]] command must be a list"),
        ('[[renewals]]\nplace = "v:a"\ncommand = ["a\\u0000"]', "no argument has a NUL in it"),
        ('[[renewals]]\nplace = "v:a"\ncommand = ["a"]\ntimeout = "0s"', "timeout: must be longer than"),
        ('[[renewal]]\nplace = "v:a"', "[[renewal]] is not known. Did you mean [[renewals]]?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_value_is_not(text: str, complaint: str) -> None:
    said = complaints(text)

    assert [line for line in said if complaint in line]
    assert CANARY not in "\n".join(said)


def test_two_consumers_of_one_name_are_one_mistake() -> None:
    assert complaints(CONSUMER + CONSUMER) == [
        f"{NAME}, line 5: [[consumers]] name: another [[consumers]] has this name. Give each its own."
    ]


def test_a_consumer_of_a_provider_that_is_not_there_is_a_doubt() -> None:
    (doubt,) = read('[providers.vault]\nuse = "vault"\n[[consumers]]\nname = "a"\nreads = "valt:kv/a"').warnings

    assert doubt == (
        f"{NAME}, line 5: [[consumers]] reads: there is no [providers.valt], so this matches nothing. Did you mean vault?"
    )


@pytest.mark.parametrize(
    "text", ["Fri 12:00 - Mon 08:00", "Thu 00:00 - Thu 23:59", "2026-12-18 - 2027-01-04", "2026-12-24 - 2026-12-24"]
)
def test_a_window_is_shown_as_it_is_written(text: str) -> None:
    assert str(window(text)) == text


@pytest.mark.parametrize(
    "freezes",
    [
        ["Mon 00:00 - Thu 00:00", "Thu 00:01 - Mon 00:00"],
        ["Thu 00:00 - Tue 00:00", "Mon 12:00 - Wed 23:59"],
        ["Mon 00:00 - Mon 00:01"],
        ["2000-01-01 - 2099-12-31"],
    ],
)
def test_a_week_with_a_free_minute_is_no_mistake(freezes: list[str]) -> None:
    assert [str(one) for one in read(f"[rotate]\nfreeze = {freezes}").rotate.freeze] == freezes


@pytest.mark.parametrize(
    ("variable", "value", "path", "expected"),
    [
        ("CREDWATCH_ROTATE__MAX_PER_DAY", "7", "max_per_day", 7),
        ("CREDWATCH_ROTATE__REVOKE", "grace", "revoke", Revoke.GRACE),
        ("CREDWATCH_ROTATE__FREEZE", '["2026-12-24 - 2026-12-24"]', "freeze", (window("2026-12-24 - 2026-12-24"),)),
        (
            "CREDWATCH_ROTATE__IDENTITIES__VAULT_PROD__KUBERNETES",
            "other",
            "identities",
            {"vault-prod": {"kubernetes": "other"}},
        ),
    ],
)
def test_the_environment_wins(variable: str, value: str, path: str, expected: object) -> None:
    text = (
        '[providers.vault-prod]\nuse = "vault"\n[rotate]\nmax_per_day = 1\n'
        '[rotate.identities]\nvault-prod = { kubernetes = "x" }'
    )
    config = read(text, **{variable: value})

    assert config.warnings == ()
    assert getattr(config.rotate, path) == expected


def test_consumers_do_not_come_from_the_environment() -> None:
    (warning,) = read("", CREDWATCH_CONSUMERS__A__NAME="x").warnings

    assert warning.endswith("is not used: write [[consumers]] in the file.")


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ('[rotate]\nrevoke = "grace"', True),
        ('[defaults]\nrotate = "auto"', True),
        ('[[rules]]\nmatch = { place = "**" }\nrotate = "auto"', True),
        ("[rotate]\nmax_per_day = 1", False),
        (CONSUMER, False),
    ],
)
def test_what_is_thought_of_a_key_changes_with_its_rules_and_not_with_the_budget(
    changed: str, *, differs: bool
) -> None:
    assert (read(changed).digest != read("").digest) is differs


def test_who_renews_what_is_read_and_a_place_that_nobody_lists_is_doubted() -> None:
    config = read(
        """
        [[renewals]]
        place = "v:a#cert"
        command = ["/usr/local/bin/renew", "a b"]
        [[renewals]]
        place = ["v:b", "w:**"]
        command = ["renew"]
        timeout = "90s"
        [providers.v]
        use = "files"
        """
    )

    first, second = config.renewals
    assert (first.place, first.command, first.timeout) == (
        ("v:a#cert",),
        ("/usr/local/bin/renew", "a b"),
        timedelta(minutes=5),
    )
    assert (second.place, second.timeout) == (("v:b", "w:**"), timedelta(seconds=90))
    (warning,) = config.warnings
    assert warning.endswith("[[renewals]] place: there is no [providers.w], so this matches nothing.")
