"""How far a look is, on a terminal that is narrower than the line."""

from __future__ import annotations

import pytest

from credwatch.cli.progress import Progress


@pytest.mark.parametrize(("columns", "longest"), [("60", 59), ("300", 118)])
def test_the_line_is_not_broken_by_the_terminal(
    columns: str, longest: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    progress = Progress(shown=True)

    progress.waiting(3, 300)
    for number in range(20):
        progress.drawn = 0
        progress(f"provider-{number}", 10, 10)

    drawn = capsys.readouterr().err.split("\r")
    assert max(map(len, drawn)) == longest
