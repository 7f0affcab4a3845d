"""run and window as real processes, with everything that belongs to them."""

from __future__ import annotations

import base64
import contextlib
import signal
from pathlib import Path

from tests.cli.stack import Stack, ask, until


def memory(process: int) -> bytes:
    """Everything that the process can write to, as it is now; read again when a thread ended meanwhile and took its stack."""
    for _ in range(20):
        with contextlib.suppress(OSError):
            return _memory(process)
    return _memory(process)


def _memory(process: int) -> bytes:
    found = []
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as mem:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if rights.startswith("rw") and "[v" not in line:
                begin, end = (int(number, 16) for number in span.split("-"))
                mem.seek(begin)
                found.append(mem.read(end - begin))
    return b"\0".join(found)


def test_the_process_that_listens_never_holds_a_watched_secret(stack: Stack) -> None:
    process = stack.running()
    port = stack.port()
    for path in "/livez", "/readyz", "/metrics":
        assert ask(port, path)[0] == 200
    assert 'status="ok",vendor="unknown"' in ask(port, "/metrics")[1]
    held = memory(process.pid)

    assert b"shelf-of-the-test" in held
    for form in stack.canary, base64.b64encode(stack.canary.encode()).decode():
        assert form.encode() not in held
    written = b"".join(
        path.read_bytes() for path in stack.folder.rglob("*") if path.is_file() and path.name != "crm.env"
    )
    assert stack.canary.encode() not in written


def test_asked_to_stop_it_ends_well(stack: Stack) -> None:
    process = stack.running()
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=50) == 0


def test_it_looks_and_says_so_in_one_line_for_each_job(stack: Stack) -> None:
    stack.running()
    line = stack.said("sweep ended")
    assert line is not None

    assert (line["command"], line["exit_code"], line["level"]) == ("sweep", 0, "info")
    assert 0 < line["seconds"] < 60


def test_a_wrong_edit_changes_nothing_and_a_right_one_does(stack: Stack) -> None:
    process = stack.running()
    stack.configure("[providers.new]\nuse = 'no-such-plug-in'\n")
    process.send_signal(signal.SIGHUP)
    until(lambda: stack.said("the configuration stays as it was"))
    stack.configure("[providers.new]\nuse = 'files'\npaths = ['/nowhere']\n")
    process.send_signal(signal.SIGHUP)
    until(lambda: stack.said("the configuration was read again: 3 providers"))

    assert process.poll() is None


def test_a_wrong_configuration_does_not_start(stack: Stack) -> None:
    stack.configure("[providers.new]\nuse = 'no-such-plug-in'\n")

    assert stack.start("run").wait(timeout=60) == 78
    assert (
        "line 17: [providers.new] use: no plug-in of this name"
        in (stack.folder / "log").read_text() + (stack.folder / "out").read_text()
    )


def test_a_second_watch_is_told_who_is_there(stack: Stack) -> None:
    process = stack.running()

    assert stack.start("run").wait(timeout=60) == 75
    assert f"daemon-watch.lock is held by process {process.pid}." in (stack.folder / "log").read_text()


def test_without_the_window_only_the_probes_are_served(stack: Stack) -> None:
    stack.start("run", "--no-window")
    port = stack.port()
    line = stack.said("listening on")

    assert line is not None
    assert line["message"].count("http://") == 1
    assert ask(port, "/livez")[0] == 200
    assert ask(port, "/")[0] == 404


def test_the_window_alone_waits_for_a_ledger_and_then_shows_it(stack: Stack) -> None:
    window = stack.start("window")
    out = stack.folder / "out"
    until(lambda: "The page is at" in out.read_text())
    port = int(out.read_text().rpartition(":")[2].rstrip("/\n"))

    status, text = ask(port, "/health")
    assert status == 503
    assert "there is no ledger" in text
    assert stack.start("sweep").wait(timeout=60) == 0
    assert ask(port, "/health")[0] == 200
    assert "shelf-of-the-test" in ask(port, "/")[1]
    assert stack.canary.encode() not in memory(window.pid)
    window.send_signal(signal.SIGTERM)
    assert window.wait(timeout=20) == 0
