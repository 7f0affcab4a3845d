"""A stack in which every secret is a canary, and whose vendors fail in every way."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Server

EACH = 14
"""Keys of each kind."""
STATES = (
    State.ALIVE,
    State.ALIVE,
    State.DELETED,
    State.EXPIRED,
    State.DISABLED,
    State.LIMITED,
    State.OUT_OF_CREDIT,
    State.SUSPENDED,
    State.SLOW,
    State.DOWN,
    State.RATE_LIMITED,
)
"""How a vendor's keys stand, one after the other."""
_ODD = "'\"\\/+%&=<>{}$ é☎"
_HEX, _LETTERS = "0123456789abcdef", "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Canaries:
    """Makes values that nobody else has, and remembers them all."""

    def __init__(self) -> None:
        self._chance: Random = secrets.SystemRandom()
        self.values: dict[str, str] = {}

    def kept(self, name: str, value: str) -> str:
        """One more."""
        assert value not in self.values.values()
        self.values[f"{name} {len(self.values)}"] = value
        return value

    def made(self, name: str, length: int, alphabet: str = _LETTERS, head: str = "") -> str:
        """A value of this form."""
        return self.kept(name, head + "".join(self._chance.choices(alphabet, k=length)))

    def odd(self, name: str) -> str:
        """A password with everything in it that is written differently elsewhere."""
        return self.made(name, 12, head=f"{self._chance.choice(_HEX)}{_ODD}")

    def file(self, folder: Path, name: str, value: str) -> str:
        """A file that holds this canary, as a configuration refers to it."""
        path = folder / name
        path.write_text(value)
        return f"file:{path}"


def sow(scene: Scene, canaries: Canaries) -> None:
    """Fill every place of the scene: each key's value is a canary, and its vendor deals with it in its own way."""
    for vendor in (scene.twilio, scene.deepgram, scene.elevenlabs, scene.openai):
        vendor.retry_after, vendor.slowness = 0, 0.05
    account = scene.twilio.open("voice").sid
    scene.deepgram.projects |= {"p-1": "voice", "p-2": "batch"}
    scene.deepgram.forbidden.add("p-2")
    scene.elevenlabs.accounts["sa-1"] = "voice"
    scene.openai.projects["proj_1"] = "voice"
    for number in range(EACH):
        state, path = STATES[number % len(STATES)], f"voice/{number}"
        twilio = key(scene.twilio.issue(f"t{number}", account), state, canaries.made("Twilio", 32))
        deepgram = key(scene.deepgram.issue(f"d{number}", "p-1"), state, canaries.made("Deepgram", 40, _HEX))
        eleven = key(scene.elevenlabs.issue(f"e{number}", "sa-1"), state, canaries.made("ElevenLabs", 48, _HEX, "sk_"))
        halves = canaries.made("OpenAI", 40, head="sk-proj-"), canaries.made("OpenAI", 40, head="T3BlbkFJ")
        openai = key(scene.openai.issue(f"o{number}", "proj_1"), state, "".join(halves))
        names = {"TWILIO_API_KEY_SID": twilio.id, "TWILIO_API_KEY_SECRET": twilio.value, "OPENAI_API_KEY": openai.value}
        scene.put(path, **names, DEEPGRAM_API_KEY=deepgram.value, ELEVENLABS_API_KEY=eleven.value)
    _others(scene, canaries, account)


def key(made: Key, state: State, value: str) -> Key:
    """A key with another value, in this state."""
    made.value, made.state = value, state
    return made


def _others(scene: Scene, canaries: Canaries, account: str) -> None:
    """Every other form in which something secret lies somewhere."""
    token = scene.twilio.issue_token(account)
    token.value = canaries.made("Auth Token", 32, _HEX)
    scene.put("voice/twilio", TWILIO_ACCOUNT_SID=account, TWILIO_AUTH_TOKEN=token.value)
    for number in range(EACH):
        crm = canaries.made("crm", 24, head="crm/+=%") if number % 3 else canaries.made("crm", 24, head="crm\n")
        google, secret = canaries.made("Google", 35, head="AIza"), canaries.made("AWS", 38, head="a/")
        nested = {"database": {"password": canaries.odd("nested")}, "list": [{"token": canaries.odd("nested")}]}
        scene.put(
            f"others/{number}",
            CRM_KEY=crm,
            GEMINI_API_KEY=google,
            AWS_ACCESS_KEY_ID=f"AKIA{number:016d}",
            AWS_SECRET_ACCESS_KEY=secret,
            DB_PASSWORD=canaries.odd("password"),
            SETTINGS=json.dumps(nested),
            VAULT_TOKEN=canaries.made("Vault token", 30, head="hvs."),
        )
    for number in range(3):
        pem, private = certificate(timedelta(days=number * 9))
        for line in private.splitlines()[1:3]:
            canaries.kept("private key", line)
        scene.put(f"certificates/{number}", TLS_CRT=pem, TLS_KEY=private)


def certificate(left: timedelta) -> tuple[str, str]:
    """A certificate with so much life left, and its private key."""
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voice.example.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(made.public_key())
    builder = builder.serial_number(7).not_valid_before(now - timedelta(days=60)).not_valid_after(now + left)
    public = builder.sign(made, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return public.decode(), made.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def tables(scene: Scene, canaries: Canaries, folder: Path, gateway: Server) -> Iterator[str]:
    """TOML beside the scene's own: every vendor's list, and logins that are refused."""

    def reference(name: str, value: str) -> str:
        return canaries.file(folder, name, canaries.kept(f"our own, {name}", value))

    admins: dict[str, Callable[[], Key]] = {
        "deepgram": lambda: scene.deepgram.issue("admin", "p-1"),
        "elevenlabs": lambda: scene.elevenlabs.issue("admin", "sa-1"),
        "openai": lambda: scene.openai.issue_admin("admin"),
    }
    for name, issue in admins.items():
        admin = issue()
        admin.admin = True
        yield f'[providers.{name}]\nuse = "{name}"\nadmin = "{reference(name, admin.value)}"\n'
    refused = canaries.file(folder, "refused", canaries.made("our own, refused by Deepgram", 40))
    yield f'[providers.deepgram-refused]\nuse = "deepgram"\nadmin = "{refused}"\n'
    account = next(iter(scene.twilio.accounts))
    admin = scene.twilio.issue("admin", account)
    admin.admin = True
    secret = reference("twilio", admin.value)
    yield f'[providers.twilio]\nuse = "twilio"\naccount = "{account}"\nadmin = {{ sid = "{admin.id}", secret = "{secret}" }}\n'
    wrong = canaries.file(folder, "vault-refused", canaries.made("our own, refused by Vault", 24, head="s."))
    address = scene.servers["vault"].url
    yield f'[providers.vault-refused]\nuse = "vault"\naddress = "{address}"\nauth = {{ token = "{wrong}" }}\npaths = ["kv/**"]\n'
    again = canaries.file(folder, "vault-behind", canaries.made("our own, before a gateway", 24, head="s."))
    yield f'[providers.vault-behind]\nuse = "vault"\naddress = "{gateway.url}"\nauth = {{ token = "{again}" }}\npaths = ["kv/**"]\n'
    yield f'[providers.mounted]\nuse = "files"\npaths = ["{folder}/mounted/**"]\n'
    yield f'[issuers.vault]\nbase_url = "{scene.servers["vault"].url}"\n'
    answers = 'valid = [{ status = 200 }]\ninvalid = [{ status = 401, body = "message" }]\n'
    header = 'header = "X-Api-Key: {secret}"\n'
    yield f'[providers.crm]\nuse = "http"\nrequest = "GET {gateway.url}/v2/me"\n{header}{answers}'
    yield '[[identify]]\nplace = "**#CRM_KEY"\nis = "crm"\n'
    # Few pages, because a channel is told one thing a second.
    yield '[[rules]]\nmatch = { place = "**" }\nenvironment = "staging"\npage = "never"\n'
    yield '[[rules]]\nmatch = { place = "vault-prod:kv/voice/2", kind = "deepgram-api-key" }\nenvironment = "production"\npage = "3d"\n'


def mount(canaries: Canaries, folder: Path) -> None:
    """Files that a pod sees."""
    (folder / "mounted").mkdir()
    lines = [f'export SERVICE_{number}_TOKEN="{canaries.made("dotenv", 30)}"' for number in range(EACH)]
    (folder / "mounted" / ".env").write_text("\n".join(lines))
    (folder / "mounted" / "broken.json").write_text(f'{{"password": "{canaries.made("broken JSON", 30)}", ')


def literal(canaries: Canaries, folder: Path) -> Path:
    """A configuration in which somebody wrote every secret itself."""
    path = folder / "literal.toml"

    def secret(name: str) -> str:
        return json.dumps(canaries.made(f"literal, {name}", 30, head="sk-/+%&= é"), ensure_ascii=False)

    path.write_text(
        f"""
[slack]
token = {secret("Slack")}
[daemon]
fingerprint_key = {secret("fingerprints")}
[network]
proxy = {secret("proxy").replace('"', '"http://user:', 1)[:-1]}@127.0.0.1:9"
[providers.deepgram]
use = "deepgram"
admin = {secret("Deepgram")}
[providers.twilio]
use = "twilio"
account = "AC"
admin = {{ sid = "SK", secret = {secret("Twilio")} }}
[providers.vault]
use = "vault"
address = {secret("an address").replace('"', '"https://user:', 1)[:-1]}@127.0.0.1:9"
auth = {{ token = {secret("Vault")}, approle = {{ role_id = "a", secret_id = {secret("AppRole")} }} }}
[providers.aws]
use = "aws"
access_key = {{ id = "AKIA", secret = {secret("AWS")}, session = {secret("a session")} }}
[providers.gcp]
use = "gcp"
credentials = {secret("Google")}
[providers.crm]
use = "http"
request = {secret("a request").replace('"', '"GET https://127.0.0.1:9/?key=', 1)}
header = {secret("a header").replace('"', '"X-Api-Key: ', 1)}
basic = {secret("basic").replace('"', '"user:', 1)}
[issuers.openai]
base_url = {secret("an issuer").replace('"', '"https://user:', 1)[:-1]}@127.0.0.1:9"
"""
    )
    return path
