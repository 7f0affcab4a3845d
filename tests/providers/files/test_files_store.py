"""Files as a store: what is listed, what is not, and what is read."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from credwatch.contract import (
    Diagnose,
    Item,
    NoSettings,
    Provider,
    ProviderError,
    Reason,
    Setup,
    Store,
    Unlisted,
    Validity,
)
from credwatch_providers.files import Files, FilesTable, plugin
from credwatch_providers.files.beside import LARGEST
from tests.servers.wire import silent

PARTS: tuple[type[Provider], type[Store], type[Diagnose]] = (Files,) * 3


def connected(*paths: str | Path, skip: tuple[str, ...] = ()) -> Files:
    settings = FilesTable(paths=tuple(map(str, paths)), skip=skip)
    return Files(Setup("files", settings, NoSettings(), silent(), lambda _: silent()))


def listed(files: Files) -> list[str]:
    """Locators, and `!reason locator` for what could not be seen."""
    return [f"!{one.reason} {one.scope}" if isinstance(one, Unlisted) else one.locator for one in files.items()]


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    def grow(*files: str) -> Path:
        for name in files:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        return tmp_path

    return grow


@pytest.fixture
def ordinary() -> Iterator[Path]:
    """A directory that others may enter, and the rights of somebody who is not root."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        (Path(made) / "open").write_text("x")
        (Path(made) / "shut").write_text("x")
        (Path(made) / "closed").mkdir()
        (Path(made) / "closed" / "inner").write_text("x")
        (Path(made) / "shut").chmod(0)
        (Path(made) / "closed").chmod(0)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            yield Path(made)
        finally:
            os.seteuid(before)
            (Path(made) / "closed").chmod(0o700)


@pytest.mark.parametrize(
    ("paths", "skip", "found"),
    [
        (["."], (), [".env", "a/one", "a/deep/two", "b/one"]),
        (["**"], (), [".env", "a/one", "a/deep/two", "b/one"]),
        (["*"], (), [".env"]),
        (["a/**"], (), ["a/one", "a/deep/two"]),
        (["a/"], (), ["a/one", "a/deep/two"]),
        (["*/one"], (), ["a/one", "b/one"]),
        (["**/two"], (), ["a/deep/two"]),
        (["**/one"], (), ["a/one", "b/one"]),
        ([".env", "a/one"], (), [".env", "a/one"]),
        (["./.env", "*"], (), [".env"]),
        (["**"], ("a/**",), [".env", "b/one"]),
        (["**"], ("**/one", ".env"), ["a/deep/two"]),
        (["**"], ("a/deep",), [".env", "a/one", "b/one"]),
    ],
)
def test_a_path_is_a_file_a_directory_or_a_pattern(
    tree: Callable[..., Path], paths: list[str], skip: tuple[str, ...], found: list[str]
) -> None:
    root = tree(".env", "a/one", "a/deep/two", "b/one")

    files = connected(*(root / path for path in paths), skip=tuple(str(root / path) for path in skip))

    assert [str(Path(one).relative_to(root)) for one in listed(files)] == found


def test_a_relative_path_stays_relative(tree: Callable[..., Path]) -> None:
    relative = os.path.relpath(tree("a/one"))

    assert listed(connected(relative, f"{relative}/*")) == [f"{relative}/a/one"]


def test_an_item_carries_when_and_as_what_it_was_written(tree: Callable[..., Path]) -> None:
    path = tree("key") / "key"
    os.utime(path, ns=(0, 1_700_000_000_123_456_789))

    (item,) = connected(path).items()

    assert item == Item(
        "files",
        str(path),
        version="1700000000123456789-1",
        written_at=datetime.fromtimestamp(1_700_000_000.123456, UTC),
    )


def test_a_mounted_kubernetes_volume_is_listed_once_by_the_names_of_its_keys(tree: Callable[..., Path]) -> None:
    root = tree("..2026_11_20/token", "..2026_11_20/sub/inner")
    (root / "..data").symlink_to("..2026_11_20")
    (root / "token").symlink_to("..data/token")
    (root / "sub").symlink_to("..data/sub")

    files = connected(root)

    assert listed(files) == [f"{root}/token", f"{root}/sub/inner"]
    assert [len(files.read(item).parts[""]) for item in files.items() if isinstance(item, Item)] == [1, 1]


def test_a_link_leads_out_of_the_tree_once_and_never_round(tree: Callable[..., Path]) -> None:
    root = tree("in/key", "out/other")
    for name, target in [("self", "self"), ("up", ".."), ("here", "."), ("out", "../out"), ("gone", "nowhere")]:
        (root / "in" / name).symlink_to(target)
    (root / "out" / "back").symlink_to("../in")
    (root / "out" / "again").symlink_to(".")

    found = listed(connected(root / "in"))

    assert found == [f"{root}/in/key", f"!unreadable {root}/in/self", f"{root}/in/out/other"]


def test_a_link_within_the_tree_is_not_listed_a_second_time(tree: Callable[..., Path]) -> None:
    root = tree("sub/key")
    (root / "alias").symlink_to("sub")

    assert listed(connected(root)) == [f"{root}/sub/key"]


def test_what_is_no_plain_file_is_never_opened(tree: Callable[..., Path]) -> None:
    root = tree("key")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(root / "socket"))

        assert listed(connected(root)) == [f"{root}/key"]
        assert listed(connected(root / "pipe")) == [f"!unreadable {root}/pipe"]
        with pytest.raises(ProviderError, match="not a plain file"):
            connected(root).read(Item("files", f"{root}/pipe"))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["tls.crt", "tls.key"], ["tls.crt"]),
        (["cert.pem", "fullchain.pem", "privkey.pem"], ["cert.pem", "fullchain.pem"]),
        (["cert1.pem", "privkey1.pem", "privkey2.pem"], ["cert1.pem", "privkey2.pem"]),
        (["server.pem", "server-key.pem"], ["server.pem"]),
        (["tls.key"], ["tls.key"]),
        (["deepgram.key", "tls.crt"], ["deepgram.key", "tls.crt"]),
    ],
)
def test_the_private_key_of_a_certificate_beside_it_is_no_item(
    tree: Callable[..., Path], names: list[str], found: list[str]
) -> None:
    root = tree(*names)

    assert listed(connected(root)) == [f"{root}/{name}" for name in found]


def test_a_private_key_that_is_named_itself_is_an_item(tree: Callable[..., Path]) -> None:
    root = tree("tls.crt", "tls.key")

    assert listed(connected(root / "tls.key")) == [f"{root}/tls.key"]


@pytest.mark.parametrize("name", [b"a#b", b"a%b", b"a*b", b"a%23b", b"\xff\xfe", "ä.b".encode(), b"a\nb"])
def test_a_name_means_nothing_in_its_place_and_finds_its_file(tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(name)
    files = connected(tmp_path)

    (item,) = files.items()

    assert isinstance(item, Item)
    assert item.locator.encode()
    assert not {"#", "*"} & set(item.locator)
    assert files.read(item).parts[""].reveal_bytes() == name


def test_what_may_not_be_read_is_said_and_the_rest_is_listed(ordinary: Path) -> None:
    files = connected(ordinary)

    assert listed(files) == [f"{ordinary}/open", f"!forbidden {ordinary}/shut", f"!forbidden {ordinary}/closed"]
    assert [(line.ok, line.said) for line in files.diagnose()] == [(False, "forbidden")] * 2 + [(True, "1 listed")]
    with pytest.raises(ProviderError) as error:
        files.read(Item("files", f"{ordinary}/shut"))
    assert error.value.reason is Reason.FORBIDDEN


def test_a_pattern_of_one_level_does_not_look_below_it(ordinary: Path) -> None:
    assert listed(connected(ordinary / "*")) == [f"{ordinary}/open", f"!forbidden {ordinary}/shut"]


def test_a_large_file_is_neither_listed_nor_read(tree: Callable[..., Path]) -> None:
    path = tree("key") / "key"
    os.truncate(path, LARGEST + 1)

    assert listed(connected(path)) == [f"!too_large {path}"]
    with pytest.raises(ProviderError) as error:
        connected(path).read(Item("files", str(path)))
    assert error.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("path", "found", "validity"),
    [
        pytest.param("key.pem", [], Validity.VALID, id="a file that is gone from where it was is gone"),
        pytest.param(".env", [], Validity.VALID, id="also one that has nothing but an ending"),
        pytest.param(
            "no/key.pem", ["!not_found {}/no/key.pem"], Validity.UNKNOWN, id="with its directory it is unseen"
        ),
        pytest.param("no", ["!not_found {}/no"], Validity.UNKNOWN, id="what may be a directory cannot be seen"),
        pytest.param("no/**", ["!not_found {}/no"], Validity.UNKNOWN, id="a missing volume cannot be seen"),
    ],
)
def test_what_is_not_there_is_gone_only_where_it_would_be_seen(
    tmp_path: Path, path: str, found: list[str], validity: Validity
) -> None:
    files = connected(tmp_path / path)

    assert listed(files) == [line.format(tmp_path) for line in found]
    assert files.check().validity is validity


def test_one_path_that_exists_is_enough_to_look(tmp_path: Path) -> None:
    assert connected(tmp_path / "no/**", tmp_path).check().validity is Validity.VALID


def test_a_file_that_went_away_is_an_error_without_its_cause(tmp_path: Path) -> None:
    with pytest.raises(ProviderError) as error:
        connected(tmp_path).read(Item("files", f"{tmp_path}/gone"))

    assert (error.value.reason, error.value.__cause__, error.value.__suppress_context__) == (
        Reason.NOT_FOUND,
        None,
        True,
    )


def test_listing_is_lazy(tree: Callable[..., Path]) -> None:
    root = tree("a/key", "b/key")
    items = connected(root).items()
    next(items)
    (root / "b" / "key").unlink()

    assert list(items) == []


@pytest.mark.parametrize(
    "table", [{}, {"paths": []}, {"paths": [""]}, {"paths": ["a\0b"]}, {"paths": ["a"], "path": "b"}]
)
def test_a_table_names_its_paths(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FilesTable.model_validate(table)


def test_it_is_offered_as_a_store_and_brings_certificates() -> None:
    assert plugin.provider is Files
    assert [kind.name for kind in plugin.kinds] == ["certificate"]
