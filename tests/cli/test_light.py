"""What a process that stays, and one that only prints, may load: libraries are most of their memory and of their start."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.stack import PYTHON, Stack, ask, until

CHILDRENS = {
    *("pydantic", "pydantic_core", "pydantic_settings", "annotated_types"),
    *("sqlite_utils", "pluggy", "dateutil"),
    *("urllib3", "requests", "rich", "slack_sdk", "cryptography"),
    *("boto3", "botocore", "hvac", "google", "grpc"),
    "credwatch_providers",
}
"""What only children load, which end."""
NEVER = {
    *("anyio._backends._asyncio", "uvloop", "httptools", "websockets", "wsproto", "h2", "jinja2", "yaml", "multipart"),
    *("credwatch.config.tables", "credwatch.config.loading", "credwatch.contract", "credwatch.registry"),
    *(
        "credwatch.transport",
        "credwatch.identify",
        "credwatch.assess",
        "credwatch.ledger.steps",
        "credwatch.ledger.journal",
        "credwatch.rotation",
        "credwatch.alerts.slack",
    ),
}
"""Further modules that the process which stays has no use for."""
LATER = {
    *("sqlite3", "apscheduler", "prometheus_client"),
    *("credwatch.ledger", "credwatch.model", "credwatch.alerts", "credwatch.web.page", "credwatch.daemon.clockwork"),
}
"""What that process needs, and not for /livez."""
WATCHED = """
import atexit, sys
from credwatch.cli import main
atexit.register(lambda: print(*sys.modules, flush=True))
sys.exit(main(sys.argv[1:]))
"""


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def loaded(script: str) -> set[str]:
    """What a process has loaded that ran this, and one that ran nothing has not."""
    said = [
        subprocess.check_output([PYTHON, "-c", f"import sys; {run}\nprint('\\n' + ' '.join(sys.modules))"], text=True)
        for run in (script, "pass")
    ]
    full, bare = (set(one.splitlines()[-1].split()) for one in said)
    return full - bare


def test_the_process_that_stays_loads_what_it_serves_and_schedules_with_and_no_more(stack: Stack) -> None:
    process = stack.start("run", program=(PYTHON, "-c", WATCHED))
    until(lambda: stack.said("sweep ended"))
    port = stack.port()
    window = stack.port("listening on", number=1)
    asked = [ask(port, path)[0] for path in ("/livez", "/readyz", "/metrics")]
    asked += [ask(window, path)[0] for path in ("/", "/health", "/api/v1/credentials")]
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=50)
    names = set((stack.folder / "out").read_text().split())

    assert asked == [200] * 6
    assert {"apscheduler", "starlette", "uvicorn", "prometheus_client", "sqlite3"} <= names
    assert sorted(CHILDRENS & tops(names)) == []
    assert sorted(NEVER & names) == []


def test_its_libraries_are_mapped_by_nobody_else(stack: Stack) -> None:
    process = stack.running()
    maps = Path(f"/proc/{process.pid}/maps").read_text()

    assert "libsqlite3" in maps
    assert [name for name in ("pydantic_core", "cryptography", "grpc", "google") if f"/{name}/" in maps] == []


def test_livez_is_answered_before_the_rest_is_loaded() -> None:
    names = loaded("import credwatch.cli.running")

    assert {"starlette", "uvicorn"} <= names
    assert sorted((CHILDRENS & tops(names)) | ((NEVER | LATER) & names)) == []


def test_help_loads_click_and_nothing_else_that_is_not_pythons() -> None:
    names = loaded("from credwatch.cli import main; main(['--help'])")

    assert sorted(tops(names) - sys.stdlib_module_names) == ["click", "credwatch"]
    assert {name for name in names if name.startswith("credwatch")} == {
        "credwatch",
        "credwatch.cli",
        "credwatch.clock",
        "credwatch.errors",
    }
    assert sorted({"asyncio", "ssl", "socket", "logging", "sqlite3", "subprocess", "dataclasses"} & names) == []


@pytest.mark.parametrize("asked", ["/metrics", "/livez"])
def test_idle_it_is_small(stack: Stack, asked: str) -> None:
    process = stack.running()
    assert ask(stack.port(), asked)[0] == 200
    status = Path(f"/proc/{process.pid}/status").read_text()

    assert int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) < 48_000  # 38 MiB where it was written


def test_no_plug_in_of_pydantic_is_looked_for_or_sees_what_is_checked() -> None:
    script = (
        "from credwatch.cli import main; main(['config', 'check'])\n"
        "from pydantic.plugin._loader import get_plugins; assert list(get_plugins()) == []\n"
        "import os; assert os.environ['PYDANTIC_DISABLE_PLUGINS'] == '__all__'"
    )

    assert "pydantic" in loaded(script)


def test_a_ledger_in_memory_is_made_without_what_keeps_the_history_of_one_on_disk(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CRM_TOKEN=nobody-knows-this-one\n")
    names = loaded(f"from credwatch.cli import main; main(['check', {str(tmp_path / '.env')!r}])")

    assert "credwatch.ledger.book" in names
    assert sorted({"sqlite_utils", "rich", "slack_sdk", "cryptography", "boto3", "hvac", "grpc"} & tops(names)) == []


TELLING = {
    *("credwatch.ledger.outbox", "credwatch.alerts.speech", "credwatch.alerts.wording.digest"),
    *("credwatch.ledger.queries.health", "credwatch.ledger.queries.ahead", "credwatch.ledger.queries.detail"),
}
"""What only those need who tell what was seen, or answer questions about it."""


@pytest.mark.parametrize(
    ("command", "spared"), [("check", TELLING | {"credwatch.cli.sweeping"}), ("sweep", TELLING)], ids=["check", "sweep"]
)
def test_one_look_loads_nothing_that_tells_of_it_and_settings_of_the_environment_only_where_there_are_some(
    tmp_path: Path, command: str, spared: set[str]
) -> None:
    (tmp_path / ".env").write_text("CRM_TOKEN=nobody-knows-this-one\n")
    text = f'[daemon]\ndata = "{tmp_path}/data"\n[providers.here]\nuse = "files"\npaths = ["{tmp_path}/.env"]\n'
    (tmp_path / "c.toml").write_text(text)
    words = ["--config", f"{tmp_path}/c.toml", command, *([f"{tmp_path}/.env"] if command == "check" else [])]
    plainly = loaded(f"from credwatch.cli import main; assert main({words!r}) == 0")
    variable = "import os; os.environ['CREDWATCH_TIMEZONE'] = 'Europe/Zurich'"
    set_too = loaded(f"{variable}\nfrom credwatch.cli import main; assert main({words!r}) == 0")

    assert {"credwatch.pipeline", "pydantic"} <= plainly
    assert sorted((spared | {"credwatch.config.overriding"}) & plainly) == []
    assert sorted({"pydantic_settings", "asyncio", "slack_sdk", "cryptography", "urllib3", "ssl"} & tops(plainly)) == []
    assert "pydantic_settings" in tops(set_too)
