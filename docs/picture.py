"""Draw what the README shows: the demo's page in Slack and the status that it leaves. `make picture` writes docs/picture.svg."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
LINE, LETTER, MARGIN = 18, 7.85, 24
STYLE = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" xml:space="preserve"'
BRIGHT = ("Page:", "refused", "suspended", "What f", "The last")


def run(*arguments: str) -> list[str]:
    """What a command prints."""
    command = [sys.executable, "-m", "credwatch", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()  # noqa: S603  our own


def page(story: list[str]) -> list[str]:
    """The message of the demo's third act."""
    first = next(number for number, line in enumerate(story) if "ElevenLabs refuses" in line)
    last = next(number for number in range(first, len(story)) if not story[number].strip())
    return [story[first - 1], *story[first:last]]


def drawn(lines: list[str]) -> str:
    """A terminal as SVG, without a font or anything else from elsewhere."""
    width, height = int(122 * LETTER) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    rows = []
    for number, line in enumerate(lines):
        colour = "#ffb86b" if any(word in line for word in BRIGHT) else "#d7dde5"
        at = f'x="{MARGIN}" y="{MARGIN + (number + 1) * LINE - 5}"'
        rows.append(f'<text {at} {STYLE} fill="{colour}">{escape(line)}</text>')
    box = f'<rect width="{width}" height="{height}" rx="10" fill="#161b22"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return "\n".join([head, "<title>What the on-call sees, and credwatch status</title>", box, *rows, "</svg>", ""])


def main() -> None:
    """Play the demo, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        story = run("demo", "--data", folder)
        status = run("--config", f"{folder}/credwatch.toml", "status")
    (HERE / "picture.svg").write_text(drawn([*page(story), "", "$ credwatch status", *status]))


if __name__ == "__main__":
    main()
