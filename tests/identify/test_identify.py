"""Which key is where."""

from __future__ import annotations

import pytest

from credwatch.identify import Identifier
from credwatch.model import Item, Kind, Role
from credwatch.secrets import Secret
from tests.identify.kinds import (
    AC,
    AC2,
    AKIA,
    AKIA2,
    ALNUM,
    ALNUM2,
    AWS,
    AWS2,
    CERT,
    HEX32,
    HEX40,
    KEY,
    OPENAI,
    SK,
    SK2,
    Stored,
    described,
    identified,
)

PAIR = "twilio-api-key secret={0}SECRET sid={0}SID"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({"OPENAI": OPENAI}, {"openai-api-key key=OPENAI"}, id="a prefix is proof"),
        pytest.param({"X": OPENAI}, {"openai-api-key key=X"}, id="a prefix is proof whatever the name"),
        pytest.param({"DEEPGRAM_KEY": HEX40}, {"deepgram-api-key key=DEEPGRAM_KEY"}, id="shape and context"),
        pytest.param({"dg_key": HEX40}, {"deepgram-api-key key=dg_key"}, id="context ignores case"),
        pytest.param({"SOME_KEY": HEX40}, {"unrecognised secret=SOME_KEY"}, id="shape alone is nothing"),
        pytest.param({"DEEPGRAM_KEY": "x"}, {"unrecognised secret=DEEPGRAM_KEY"}, id="context alone is nothing"),
        pytest.param({"DEEPGRAM_RIVAL": HEX40}, {"unrecognised secret=DEEPGRAM_RIVAL"}, id="two kinds are a tie"),
        pytest.param({"TWILIO_SID": SK, "TWILIO_SECRET": ALNUM}, {PAIR.format("TWILIO_")}, id="two halves are one key"),
        pytest.param(
            {"TWILIO_SID": SK, "TWILIO_SECRET": ALNUM, "TWILIO_STAGING_SID": SK2, "TWILIO_STAGING_SECRET": ALNUM2},
            {PAIR.format("TWILIO_"), PAIR.format("TWILIO_STAGING_")},
            id="pairs by the longest common prefix",
        ),
        pytest.param(
            {"twilio.sid": SK, "twilio.secret": ALNUM, "twilio.eu.sid": SK2, "twilio.eu.secret": ALNUM2},
            {
                "twilio-api-key secret=twilio.secret sid=twilio.sid",
                "twilio-api-key secret=twilio.eu.secret sid=twilio.eu.sid",
            },
            id="nested names pair alike",
        ),
        pytest.param(
            {"AWS_ID_A": AKIA, "AWS_SECRET_A": AWS, "AWS_ID_B": AKIA2, "AWS_SECRET_B": AWS2},
            {"aws-access-key id=AWS_ID_A secret=AWS_SECRET_A", "aws-access-key id=AWS_ID_B secret=AWS_SECRET_B"},
            id="where beginnings are equal, endings decide",
        ),
        pytest.param(
            {"TWILIO_SID": SK}, {"twilio-api-key sid=TWILIO_SID -secret"}, id="an id without its secret is half"
        ),
        pytest.param(
            {"TWILIO_SECRET": ALNUM}, {"twilio-api-key secret=TWILIO_SECRET -sid"}, id="a secret without its id is half"
        ),
        pytest.param(
            {"TWILIO_SID": SK, "TWILIO_SECRET_A": ALNUM, "TWILIO_SECRET_B": ALNUM2},
            {
                "twilio-api-key sid=TWILIO_SID -secret",
                "unrecognised secret=TWILIO_SECRET_A",
                "unrecognised secret=TWILIO_SECRET_B",
            },
            id="an equal right to one id is a tie",
        ),
        pytest.param(
            {"TWILIO_SECRET": ALNUM, "TWILIO_A_SID": SK, "TWILIO_B_SID": SK2},
            {
                "twilio-api-key sid=TWILIO_A_SID -secret",
                "twilio-api-key sid=TWILIO_B_SID -secret",
                "unrecognised secret=TWILIO_SECRET",
            },
            id="two ids for one secret are a tie",
        ),
        pytest.param(
            {"TWILIO_EU_SID": SK, "TWILIO_EU_SECRET": ALNUM, "TWILIO_SECRET": ALNUM2},
            {PAIR.format("TWILIO_EU_"), "twilio-api-key secret=TWILIO_SECRET -sid"},
            id="a secret does not take the id that belongs to another",
        ),
        pytest.param(
            {"TWILIO_SID": SK, "TWILIO_SECRET": ALNUM, "TWILIO_COPY_SECRET": ALNUM},
            {PAIR.format("TWILIO_"), "twilio-api-key secret=TWILIO_COPY_SECRET sid=TWILIO_SID"},
            id="the same value twice is two places and no tie",
        ),
        pytest.param(
            {"TWILIO_ACCOUNT_SID": AC, "TWILIO_AUTH_TOKEN": HEX32},
            {"twilio-auth-token account=TWILIO_ACCOUNT_SID token=TWILIO_AUTH_TOKEN"},
            id="a whole key wins over half of another",
        ),
        pytest.param(
            {
                "TWILIO_ACCOUNT_SID": AC,
                "TWILIO_AUTH_TOKEN": HEX32,
                "TWILIO_API_KEY_SID": SK,
                "TWILIO_API_KEY_SECRET": ALNUM,
            },
            {
                "twilio-auth-token account=TWILIO_ACCOUNT_SID token=TWILIO_AUTH_TOKEN",
                "twilio-api-key account=TWILIO_ACCOUNT_SID secret=TWILIO_API_KEY_SECRET sid=TWILIO_API_KEY_SID",
            },
            id="an account may stand beside two keys",
        ),
        pytest.param(
            {
                "TWILIO_ACCOUNT_SID": AC,
                "TWILIO_AUTH_TOKEN": HEX32,
                "TWILIO_EU_ACCOUNT_SID": AC2,
                "TWILIO_EU_AUTH_TOKEN": HEX32[::-1],
            },
            {
                "twilio-auth-token account=TWILIO_ACCOUNT_SID token=TWILIO_AUTH_TOKEN",
                "twilio-auth-token account=TWILIO_EU_ACCOUNT_SID token=TWILIO_EU_AUTH_TOKEN",
            },
            id="but each account stands beside its own first",
        ),
        pytest.param(
            {"TWILIO_API_SID": SK, "TWILIO_API_SECRET": HEX32, "TWILIO_ACCOUNT": AC},
            {"twilio-api-key account=TWILIO_ACCOUNT secret=TWILIO_API_SECRET sid=TWILIO_API_SID"},
            id="of two whole keys the closer pair",
        ),
        pytest.param(
            {"ID": AKIA, "AWS_DEEPGRAM_SECRET": HEX40},
            {"aws-access-key id=ID secret=AWS_DEEPGRAM_SECRET"},
            id="two halves weigh more than one leaf",
        ),
        pytest.param(
            {"TWILIO_SECRET": HEX32}, {"unrecognised secret=TWILIO_SECRET"}, id="half of either of two kinds is a tie"
        ),
        pytest.param(
            {"TWILIO_A": AC, "TWILIO_B": AC2, "TWILIO_SID": SK, "TWILIO_SECRET": ALNUM},
            {PAIR.format("TWILIO_")},
            id="an optional role that is a tie is left out",
        ),
        pytest.param({"TWILIO_ACCOUNT_SID": AC}, set(), id="an account's id is no key"),
        pytest.param(
            {"AWS_ID": AKIA, "AWS_SECRET": AWS, "AWS_SESSION": "IQo" + ALNUM},
            {"aws-access-key id=AWS_ID secret=AWS_SECRET session=AWS_SESSION"},
            id="an optional role attaches where it pairs",
        ),
        pytest.param(
            {"AWS_SESSION_TOKEN": "IQo" + ALNUM},
            {"unrecognised secret=AWS_SESSION_TOKEN"},
            id="and is nothing by itself",
        ),
        pytest.param(
            {"G.private_key": KEY, "G.private_key_id": HEX40, "G.client_email": "a@p.iam.gserviceaccount.com"},
            {
                "gcp-service-account-key client_email=G.client_email private_key=G.private_key private_key_id=G.private_key_id",
            },
            id="three roles in one JSON",
        ),
        pytest.param(
            {"tls_crt": CERT, "tls_key": KEY, "ssh_key": KEY + "\n"},
            {"certificate certificate=tls_crt private_key=tls_key", "unrecognised secret=ssh_key"},
            id="the private key beside a certificate is part of it, another is not",
        ),
        pytest.param(
            {"ca": CERT + "\n", "cert": CERT, "key": KEY},
            {"certificate certificate=ca", "certificate certificate=cert"},
            id="a private key between two certificates is no credential of its own",
        ),
        pytest.param(
            {"tls_a": CERT + KEY, "tls_b": CERT + KEY + "\n"},
            {"certificate certificate=tls_a", "certificate certificate=tls_b"},
            id="what is a key of its own is no optional part of another",
        ),
        pytest.param(
            {"certificate": CERT, "private_key": KEY},
            {"certificate certificate=certificate private_key=private_key"},
            id="a whole key's optional part is no half of another",
        ),
        pytest.param(
            {"private_key": KEY},
            {"gcp-service-account-key private_key=private_key -client_email"},
            id="but alone it is",
        ),
        pytest.param({"": "hunter2"}, {"unrecognised secret="}, id="a bare string is a credential"),
        pytest.param(
            {"LOG_LEVEL": "info", "PORT": "80", "API": "https://a.example.com/v1"}, set(), id="plain configuration"
        ),
        pytest.param({"DEEPGRAM_KEY": ""}, set(), id="an empty field"),
    ],
)
def test_what_an_item_holds(fields: dict[str, str], found: set[str]) -> None:
    assert described(identified(fields)) == found
    assert described(identified(dict(reversed(fields.items())))) == found


@pytest.mark.parametrize(
    ("locator", "fields", "found"),
    [
        ("kv/deepgram/prod", {"key": HEX40}, {"deepgram-api-key key=key"}),
        ("kv/deepgram/prod", {"": HEX40}, {"deepgram-api-key key="}),
        ("kv/deepgram/prod", {"RIVAL_KEY": HEX40}, {"rival-api-key key=RIVAL_KEY"}),
        ("kv/deepgram/prod", {"OPENAI_KEY": HEX40}, {"unrecognised secret=OPENAI_KEY"}),
        ("kv/deepgram/rival", {"key": HEX40}, {"unrecognised secret=key"}),
        ("kv/twilio", {"sid": SK, "secret": ALNUM}, {"twilio-api-key secret=secret sid=sid"}),
    ],
)
def test_a_path_is_context_unless_the_name_speaks_of_another_vendor(
    locator: str, fields: dict[str, str], found: set[str]
) -> None:
    assert described(identified(fields, locator=locator)) == found


def test_a_match_is_known_by_the_place_of_its_secret_and_carries_its_own_values_only() -> None:
    (pair,) = identified({"TWILIO_SID": SK, "TWILIO_SECRET": ALNUM, "LOG_LEVEL": "info"})

    assert pair.place == "vault:kv/app#TWILIO_SECRET"
    assert {role: value.reveal() for role, value in pair.values.items()} == {"sid": SK, "secret": ALNUM}
    assert pair.match.facts.key_id == SK


@pytest.mark.parametrize(("fields", "name"), [({"c": CERT}, f"{len(CERT)} characters")])
def test_what_a_value_tells_by_itself_is_a_fact(fields: dict[str, str], name: str) -> None:
    assert [one.match.facts.name for one in identified(fields)] == [name]


def test_a_reader_that_breaks_tells_nothing_and_ends_nothing() -> None:
    def broken(values: object) -> None:
        raise KeyError(values)

    kind = Kind("k", "v", "V", "k", (Role("key", "k.+", secret=True, proof=True),), read=broken)  # type: ignore[arg-type]

    (one,) = Identifier([kind]).identify(Item("p", "l"), [Stored("", Secret("kk"))])

    assert one.match.facts.name is None
