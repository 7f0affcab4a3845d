from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credwatch.config.loading import parse
from credwatch.config.rules import policy
from credwatch.model import Facts, Held, Memory, Policy, Revoke

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
VAULT = "vault-prod:kv/voice/prod#KEY"
STAGING = "vault-prod:kv/voice/staging#KEY"
AWS = "aws-prod:eu-west-1/voice/key"
LISTED = "twilio:AC1/SK1"


def days(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(days=number) for number in numbers)


def held(place: str, labels: dict[str, str] | None = None, ended: datetime | None = None) -> Held:
    return Held(place, place.partition(":")[0], "f" * 32, NOW, NOW, labels or {}, ended_at=ended)


def credential(*copies: Held | str, listed: bool = False, **known: Any) -> Memory:
    facts = known.pop("facts", Facts(account="AC1", key_id="SK1"))
    return Memory(
        credential="c-1",
        kind=known.pop("kind", "twilio-api-key"),
        vendor="twilio",
        facts=facts,
        first_seen=NOW,
        held=tuple(held(copy) if isinstance(copy, str) else copy for copy in copies),
        listed_by=("twilio",) if listed else (),
        **known,
    )


def rule(place: str, sets: str) -> str:
    return f'[[rules]]\nmatch = {{ place = "{place}" }}\n{sets}\n'


def said(text: str, memory: Memory, now: datetime = NOW) -> Policy:
    return policy(parse(text, {}, "credwatch.toml"), memory, now)


def test_without_a_rule_the_defaults_hold_and_nobody_owns_it() -> None:
    holds = said("", credential(VAULT))

    assert (holds.owner, holds.unowned, holds.environment) == ("nobody", True, "production")
    assert (holds.warn, holds.mention, holds.page) == (days(30, 14, 7, 3, 1), *days(7, 3))
    assert holds.max_age == timedelta(days=365)
    assert set(holds.said_by.values()) == {"default"}


def test_a_later_rule_wins_and_sets_only_what_it_names() -> None:
    text = rule("vault-prod:kv/**", 'owner = "first"\nimpact = "a"') + rule(
        "vault-prod:kv/voice/**", 'owner = "second"'
    )

    holds = said(text, credential(VAULT))

    assert (holds.owner, holds.impact, holds.unowned) == ("second", "a", False)
    assert (holds.said_by["owner"], holds.said_by["impact"]) == ("rule, line 5", "rule, line 1")


def test_a_rule_may_be_about_a_kind() -> None:
    text = '[[rules]]\nmatch = { kind = ["crm", "twilio-*"], place = "vault-prod:**" }\nowner = "x"'

    owners = [
        said(text, credential(place, kind=kind)).owner for place, kind in ((VAULT, "crm"), (VAULT, "aws"), (AWS, "crm"))
    ]

    assert owners == ["x", "nobody", "nobody"]


def test_a_label_sets_the_owner_over_every_rule_and_nothing_else() -> None:
    labels = {"credwatch-owner": "labelled", "credwatch-ignore": "yes", "credwatch-page": "never"}

    holds = said(rule("**", 'owner = "ruled"'), credential(held(VAULT, labels)))

    assert (holds.owner, holds.said_by["owner"], holds.unowned) == ("labelled", "label", False)
    assert (holds.ignore, holds.page) == ("", timedelta(days=3))


@pytest.mark.parametrize(
    ("sets", "other", "field", "expected"),
    [
        ('environment = "staging"', 'owner = "x"', "environment", "production"),
        ('warn = ["60d", "7d"]', 'warn = ["5d"]', "warn", days(60, 7, 5)),
        ('page = "never"', 'page = "2d"', "page", timedelta(days=2)),
        ('page = "7d"', 'page = "2d"', "page", timedelta(days=7)),
        ('mention = "never"', 'mention = "2d"', "mention", timedelta(days=2)),
        ('max_age = "90d"', 'max_age = "30d"', "max_age", timedelta(days=30)),
        ('max_age = "never"', 'max_age = "900d"', "max_age", timedelta(days=900)),
        ('ignore = "a"', 'owner = "x"', "ignore", ""),
        ('ignore = "a"', 'ignore = "b"', "ignore", "b"),
        ('page = "never"', 'page = "never"', "page", None),
        ('rotate = "auto"', 'owner = "x"', "rotate", "off"),
        ('rotate = "auto"', 'rotate = "manual"', "rotate", "manual"),
        ('rotate = "off"', 'rotate = "auto"', "rotate", "off"),
        ('rotate = "auto"', 'rotate = "auto"', "rotate", "auto"),
        ('rotate_at = "14d"', 'owner = "x"', "rotate_at", timedelta(days=21)),
        ('rotate_at = "14d"', 'rotate_at = "30d"', "rotate_at", timedelta(days=30)),
        ('expires = "90d"', 'owner = "x"', "expires", timedelta(days=90)),
        ('expires = "90d"', 'expires = "30d"', "expires", timedelta(days=30)),
        ('revoke = "grace"', 'owner = "x"', "revoke", Revoke.ASK),
        ('revoke = "grace"', 'revoke = "proved"', "revoke", Revoke.PROVED),
        ('revoke = "grace"', 'revoke = "grace"', "revoke", Revoke.GRACE),
    ],
)
def test_over_two_copies_the_stricter_word_holds(sets: str, other: str, field: str, expected: object) -> None:
    text = rule(VAULT, sets) + rule(AWS, other)

    assert getattr(said(text, credential(VAULT, AWS)), field) == expected
    assert getattr(said(text, credential(AWS, VAULT)), field) == expected


def test_where_a_threshold_comes_from_is_named_for_each_source() -> None:
    holds = said(rule(VAULT, 'warn = ["60d"]'), credential(VAULT, AWS))

    assert holds.said_by["warn"] == "default + rule, line 1"


def test_the_first_production_copy_by_place_decides_whose_it_is_and_others_are_named() -> None:
    text = (
        rule(AWS, 'owner = "a"\nenvironment = "staging"\nimpact = "a"')
        + rule(VAULT, 'owner = "v"\nrunbook = "r"')
        + rule("vault-prod:kv/z", 'owner = "z"\nimpact = "z"')
    )

    holds = said(text, credential("vault-prod:kv/z", VAULT, AWS))

    assert (holds.owner, holds.impact, holds.runbook) == ("v", "z", "r")
    assert holds.others == {AWS: "a", "vault-prod:kv/z": "z"}


def test_a_copy_that_nobody_owns_does_not_take_the_credential_from_its_owner() -> None:
    holds = said(rule(VAULT, 'owner = "v"'), credential(AWS, VAULT))

    assert (holds.owner, holds.unowned, holds.others) == ("v", False, {})


def test_a_staging_owner_is_not_given_a_production_key() -> None:
    text = rule(STAGING, 'environment = "staging"\nowner = "qa"')

    holds = said(text, credential(STAGING, VAULT))

    assert (holds.owner, holds.unowned, holds.others) == ("nobody", True, {STAGING: "qa"})


def test_the_vendors_list_adds_to_copies_only_what_a_rule_sets_for_it() -> None:
    staging = rule(STAGING, 'environment = "staging"\npage = "never"\nignore = "old"\nwarn = ["9d"]\nmax_age = "never"')

    silent = said(staging, credential(STAGING, listed=True))
    spoken = said(staging + rule(LISTED, 'owner = "t"\nwarn = ["2d"]'), credential(STAGING, listed=True))

    assert (silent.environment, silent.page, silent.max_age, silent.ignore) == ("staging", None, None, "old")
    assert silent.warn == days(9)
    assert (spoken.owner, spoken.warn, spoken.page) == ("t", days(9, 2), None)


def test_a_rule_that_calls_the_listed_key_production_makes_it_production() -> None:
    text = rule(STAGING, 'environment = "staging"') + rule("twilio:AC1/**", 'environment = "production"')

    assert said(text, credential(STAGING, listed=True)).production


def test_the_vendors_list_decides_everything_when_there_is_no_copy() -> None:
    text = rule("twilio:AC1/**", 'environment = "staging"\nignore = "theirs"')

    holds = said(text, credential(held(VAULT, ended=NOW), listed=True))

    assert (holds.environment, holds.ignore, holds.page) == ("staging", "theirs", timedelta(days=3))


def test_a_copy_that_ended_says_nothing_while_another_lives_and_everything_when_none_does() -> None:
    text = rule(VAULT, 'owner = "old"') + rule(AWS, 'owner = "new"')

    assert said(text, credential(held(VAULT, ended=NOW), AWS)).owner == "new"
    assert said(text, credential(held(VAULT, ended=NOW))).owner == "old"


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", datetime(2027, 3, 30, 23, 59, tzinfo=UTC), "old"),
        ("UTC", datetime(2027, 3, 31, 0, 0, tzinfo=UTC), ""),
        ("Europe/Madrid", datetime(2027, 3, 30, 22, 0, tzinfo=UTC), ""),
        ("America/New_York", datetime(2027, 3, 31, 3, 59, tzinfo=UTC), "old"),
    ],
)
def test_a_rule_with_a_date_is_over_when_that_day_begins_where_we_are(zone: str, now: datetime, expected: str) -> None:
    text = f'timezone = "{zone}"\n' + rule("**", 'ignore = "old"\nuntil = 2027-03-31')

    assert said(text, credential(VAULT), now).ignore == expected


@pytest.mark.parametrize(
    ("text", "expected", "by"),
    [
        (rule("**", 'max_age = "30d"'), timedelta(days=30), "rule, line 1"),
        ('[defaults]\nmax_age = "10d"', timedelta(days=90), "kind"),
    ],
)
def test_a_kinds_own_age_stands_between_a_rule_and_the_defaults(text: str, expected: timedelta, by: str) -> None:
    holds = said(text, credential(VAULT, max_age=timedelta(days=90)))

    assert (holds.max_age, holds.said_by["max_age"]) == (expected, by)


@pytest.mark.parametrize(
    "memory",
    [
        credential("deadlines:SIP contract", kind="deadline", facts=Facts()),
        credential(kind="deadline", facts=Facts(name="SIP contract")),
    ],
)
def test_a_deadlines_own_line_says_its_owner_and_its_thresholds(memory: Memory) -> None:
    text = rule("**", 'owner = "x"\nwarn = ["1d"]') + (
        '[[deadlines]]\nname = "Other"\ndate = 2027-01-31\nowner = "o"\n'
        '[[deadlines]]\nname = "SIP contract"\ndate = 2027-01-31\nowner = "platform"\nwarn = ["60d"]\n'
    )

    holds = said(text, memory)

    assert (holds.owner, holds.warn, holds.max_age, holds.unowned) == ("platform", days(60), None, False)
    assert holds.said_by["owner"] == "deadline, line 9"


def test_a_deadline_without_an_owner_has_the_rules_one() -> None:
    text = rule("deadlines:**", 'owner = "x"\npage = "never"') + '[[deadlines]]\nname = "SIP"\ndate = 2027-01-31\n'

    holds = said(text, credential("deadlines:SIP", kind="deadline", facts=Facts()))

    assert (holds.owner, holds.page) == ("x", None)


def test_without_a_rule_nothing_rotates_and_revoking_is_as_the_whole_file_says() -> None:
    holds = said('[rotate]\nrevoke = "proved"', credential(VAULT))

    assert (holds.rotate, holds.rotate_at, holds.expires) == ("off", timedelta(days=21), None)
    assert (holds.revoke, holds.said_by["revoke"]) == (Revoke.PROVED, "default")


def test_the_defaults_table_goes_before_the_rotate_table_and_a_rule_before_both() -> None:
    text = '[rotate]\nrevoke = "ask"\n[defaults]\nrevoke = "proved"\n'

    ruled = said(text + rule(VAULT, 'revoke = "grace"'), credential(VAULT))

    assert said(text, credential(VAULT)).revoke is Revoke.PROVED
    assert (ruled.revoke, ruled.said_by["revoke"]) == (Revoke.GRACE, "rule, line 5")


def test_the_line_that_turned_rotation_on_is_named() -> None:
    text = rule("vault-prod:**", 'rotate = "manual"') + rule(VAULT, 'rotate = "auto"\nrotate_at = "14d"')

    holds = said(text, credential(VAULT))

    assert (holds.rotate, holds.rotate_at) == ("auto", timedelta(days=14))
    assert (holds.said_by["rotate"], holds.said_by["rotate_at"]) == ("rule, line 4", "rule, line 4")


def test_a_vendors_list_turns_rotation_off_only_where_a_rule_says_so() -> None:
    text = rule(VAULT, 'rotate = "auto"')

    assert said(text, credential(VAULT, listed=True)).rotate == "auto"
    assert said(text + rule(LISTED, 'rotate = "off"'), credential(VAULT, listed=True)).rotate == "off"


def test_a_label_never_turns_rotation_on() -> None:
    labelled = held(VAULT, {"credwatch-rotate": "auto", "rotate": "auto", "credwatch-revoke": "grace"})

    assert (said("", credential(labelled)).rotate, said("", credential(labelled)).revoke) == ("off", Revoke.ASK)


def test_a_date_that_no_api_tells_is_never_rotated() -> None:
    text = rule("**", 'rotate = "auto"') + '[[deadlines]]\nname = "contract"\ndate = 2027-01-31\n'

    assert said(text, credential("deadlines:contract", kind="deadline", facts=Facts(name="contract"))).rotate == "off"
