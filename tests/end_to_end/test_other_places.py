"""Files and certificates, a vendor that a table describes, and a provider that leaves the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from credwatch.sandbox.keys import State
from credwatch.sandbox.server import Request, Response, Route, Server
from credwatch.sandbox.story.certificates import certificate
from tests.end_to_end import remembered
from tests.end_to_end.world import DAY, World

INTERVAL = timedelta(minutes=16)


@pytest.fixture
def folder(world: World) -> Path:
    """A directory that is watched."""
    made = world.folder / "secrets"
    made.mkdir()
    world.more += f'[providers.host]\nuse = "files"\npaths = ["{made}"]\n'
    return made


def renew(folder: Path, starts: datetime, ends: datetime) -> str:
    """Write the certificate; its place."""
    (folder / "sip.pem").write_text(certificate("sip.example.com", starts, ends))
    return f"host:{folder}/sip.pem"


def test_a_dotenv_file_and_mounted_secrets_are_read_and_tried(world: World, folder: Path) -> None:
    world.scene.deepgram.projects["p-1"] = "voice"
    world.scene.elevenlabs.accounts["sa-1"] = "voice"
    deepgram = world.scene.deepgram.issue("voice-prod", "p-1")
    (folder / ".env").write_text(f"# voice\nexport DEEPGRAM_API_KEY='{deepgram.value}'\nLOG_LEVEL=info\n")
    (folder / "mounted").mkdir()
    (folder / "mounted" / "ELEVENLABS_API_KEY").write_text(world.scene.elevenlabs.issue("tts", "sa-1").value + "\n")
    world.sweep()

    assert {place: remembered.tries(world, place) for place in remembered.held(world)} == {
        f"host:{folder}/.env#DEEPGRAM_API_KEY": ["valid"],
        f"host:{folder}/mounted/ELEVENLABS_API_KEY": ["valid"],
    }


def test_a_certificate_is_a_digest_line_in_ten_days_a_page_in_two_and_well_when_it_is_renewed(
    world: World, folder: Path
) -> None:
    world.sweep()
    world.deliver()
    renew(folder, world.now - 80 * DAY, world.now + 10 * DAY)
    world.sweep()
    world.deliver()

    assert len(world.said("voice-alerts")) == 1
    assert "sip.example.com" in world.shown("voice-alerts")
    assert world.pages() == []

    world.move(8 * DAY)
    world.sweep()
    world.deliver()

    assert [text.partition(" stops")[0] for text in world.pages()] == ['Page: certificate "sip.example.com"']

    place = renew(folder, world.now, world.now + 90 * DAY)
    world.move(INTERVAL)
    world.sweep()
    world.deliver()

    room = world.scene.slack.rooms["voice-oncall"]
    resolved = [message for message in room.messages if message.text.startswith("Resolved")]
    assert [message.thread_ts is None for message in resolved] == [True, False]
    assert remembered.named(world, place) == ("certificate", "ok")


class Crm:
    """A vendor that no plug-in knows."""

    answers: ClassVar = {
        "works": Response.json({"id": 1}),
        "limited": Response.json({"error": "scope"}, 403),
        "revoked": Response.json({"error": "token_revoked"}, 401),
        "strange": Response.json({"error": "try_later"}, 401),
    }

    def routes(self) -> Iterable[Route]:
        """Who am I?"""
        yield Route("GET", "/v2/me", self._me)

    def _me(self, request: Request) -> Response:
        return self.answers[request.authorization("Bearer").partition("-")[0]]


@pytest.fixture
def crm(world: World) -> Iterator[Server]:
    """Four keys of it in Vault, one for each of its answers."""
    for name in Crm.answers:
        world.scene.put(f"crm/{name}", TOKEN=f"{name}-0123456789abcdef")
    with Server(Crm()) as server:
        world.more += (
            f'[providers.crm]\nuse = "http"\nrequest = "GET {server.url}/v2/me"\n'
            'header = "Authorization: Bearer {secret}"\nvalid = [{ status = 200 }]\nlimited = [{ status = 403 }]\n'
            'invalid = [{ status = 401, body = "token_revoked" }]\ntitle = "Example CRM"\n'
            '[[identify]]\nplace = "vault-prod:kv/crm/*#TOKEN"\nis = "crm"\n'
        )
        yield server


def test_a_table_alone_tells_what_a_vendors_answers_mean(world: World, crm: Server) -> None:
    world.look_and_tell()

    last = "select h.place, t.validity, t.reason from tried t join copy h on h.fingerprint = t.fingerprint order by 1"
    assert remembered.rows(world, last) == [
        ("vault-prod:kv/crm/limited#TOKEN", "valid", "limited"),
        ("vault-prod:kv/crm/revoked#TOKEN", "invalid", "refused"),
        ("vault-prod:kv/crm/strange#TOKEN", "unknown", "unexpected"),
        ("vault-prod:kv/crm/works#TOKEN", "valid", "ok"),
    ]
    assert len(world.pages()) == 1
    assert world.pages()[0].startswith("Page: Example CRM refuses")
    assert "kv/crm/revoked" in world.shown("voice-oncall")
    assert {request.path for request in crm.requests} == {"/v2/me"}


def test_what_left_the_configuration_is_unwatched_and_its_incident_ends(world: World, folder: Path) -> None:
    world.scene.deepgram.projects["p-1"] = "voice"
    key = world.scene.deepgram.issue("voice-prod", "p-1")
    world.scene.put("voice/spare", DEEPGRAM_API_KEY=world.scene.deepgram.issue("spare", "p-1").value)
    (folder / ".env").write_text(f"DEEPGRAM_API_KEY={key.value}\n")
    world.sweep()
    world.move(INTERVAL)
    key.state = State.DELETED
    world.look_and_tell()
    world.more = ""
    world.move(INTERVAL)
    world.sweep()
    world.deliver()

    assert remembered.ended(world) == [(f"host:{folder}/.env#DEEPGRAM_API_KEY", "unwatched")]
    assert remembered.rows(world, "select closed_why from incident") == [("unwatched",)]
    (page,) = world.pages()
    assert page.startswith("Resolved")
    assert page.endswith("is no longer watched: its place left the configuration")
