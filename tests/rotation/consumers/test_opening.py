from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.config.loading import parse
from credwatch.contract import ProviderError
from credwatch.rotation.consumers import consumers
from credwatch.rotation.world import Reader
from credwatch.transport import Transport
from tests.servers.raw import Server

PLACE = "vault-prod:kv/voice/prod#DEEPGRAM_API_KEY"
OTHER = "aws-prod:eu-west-1/voice/prod/deepgram"


def opened(text: str, transport: Transport, *places: str) -> tuple[Reader, ...]:
    return consumers(parse(text, {}, "credwatch.toml"), places or (PLACE, OTHER), transport, {})


def consumer(name: str, reads: str, more: str = "") -> str:
    return f'[[consumers]]\nname = "{name}"\nreads = {reads}\n{more}\n'


def test_those_who_read_one_of_the_places_are_opened_in_the_order_of_the_file(transport: Transport) -> None:
    text = (
        consumer("all", '"**"', 'settles = "2h"')
        + consumer("elsewhere", '"vault-prod:kv/voice/staging"')
        + consumer("agent", '["vault-prod:kv/voice/prod", "vault-prod:kv/ivr"]', 'proof = "/run/key"')
        + consumer("another field", '"vault-prod:kv/voice/prod#TWILIO_API_KEY"')
    )

    every, agent = opened(text, transport)

    assert (every.name, every.reads, every.settles, every.proves) == ("all", (PLACE, OTHER), timedelta(hours=2), False)
    assert (agent.name, agent.reads, agent.settles, agent.proves) == ("agent", (PLACE,), timedelta(0), True)


def test_nobody_who_reads_is_nobody(transport: Transport) -> None:
    assert opened("", transport) == ()


def test_one_who_loads_by_itself_is_told_nothing_and_shows_nothing(transport: Transport) -> None:
    (one,) = opened(consumer("one", '"**"'), transport)

    one.reload("key", "b1946ac9")
    assert one.uses("b1946ac9") is None


def test_it_is_told_by_its_own_way_and_asked_at_its_own_page(
    transport: Transport, serve: Callable[..., Server], secret: str
) -> None:
    hook, page = serve(200), serve(200, "DEEPGRAM_API_KEY …6ac9\nTWILIO_API_KEY …0000")
    more = f'reload = {{ webhook = "{hook.url}", secret = "{secret}" }}\nproof = "{page.url}/credentials"'
    (one,) = opened(consumer("one", '"vault-prod:**"', more), transport)

    one.reload("key", "b1946ac9")

    assert one.uses("b1946ac9") is True
    assert one.uses("b1940000") is False
    assert (len(hook.seen), len(page.seen)) == (1, 2)


@pytest.mark.parametrize(
    ("reload", "said"),
    [
        ('{ command = ["/nowhere/reload"] }', "/nowhere/reload cannot be started"),
        ('{ kubernetes = "voice/deployment/voice-agent" }', "we run in no Kubernetes cluster"),
        (
            '{ kubernetes = "voice/deployment/a", server = "https://127.0.0.1:1", token = "file:/nowhere/token" }',
            "file:/nowhere/token",
        ),
    ],
)
def test_what_is_missing_is_seen_when_it_is_told_and_not_before(transport: Transport, reload: str, said: str) -> None:
    (one,) = opened(consumer("one", '"**"', f"reload = {reload}"), transport)

    with pytest.raises(ProviderError, match=said) as raised:
        one.reload("key", "b1946ac9")

    assert raised.value.permanent


def test_a_name_in_a_place_is_looked_for_as_it_is_written_in_the_store(transport: Transport, tmp_path: Path) -> None:
    (tmp_path / "shown").write_text("my.key …6ac9\nother …0000")
    (one,) = opened(
        consumer("one", '"**"', f'proof = "{tmp_path / "shown"}"'), transport, "vault-prod:kv/voice/prod#my%2Ekey"
    )

    assert one.uses("b1946ac9")
