from __future__ import annotations

import pytest

from credwatch_providers.vault.paths import Pattern, locator, plain


@pytest.mark.parametrize(
    ("pattern", "place", "meant"),
    [
        ("kv/voice/**", "kv/voice/prod", True),
        ("kv/voice/**", "kv/voice/eu/prod", True),
        ("kv/voice/**", "kv/voice", False),
        ("kv/voice/**", "kv/voices/prod", False),
        ("kv/*/prod", "kv/voice/prod", True),
        ("kv/*/prod", "kv/voice/eu/prod", False),
        ("kv/**/prod", "kv/prod", True),
        ("kv/**/prod", "kv/a/b/prod", True),
        ("kv/**/prod", "kv/a/b/nonprod", False),
        ("kv/voice/pro*", "kv/voice/prod", True),
        ("kv/voice/prod", "kv/voice/prod", True),
        ("kv/voice/prod", "kv/voice/Prod", False),
        ("**", "team/kv/a", True),
        ("kv/a.b/*", "kv/axb/c", False),
    ],
)
def test_a_pattern_means_the_same_as_everywhere_in_the_configuration(pattern: str, place: str, meant: bool) -> None:  # noqa: FBT001  a column of the table
    assert Pattern(pattern).matches(place) is meant


@pytest.mark.parametrize(
    ("pattern", "folder", "entered"),
    [
        ("kv/voice/**", "kv/", True),
        ("kv/voice/**", "kv/voice/", True),
        ("kv/voice/**", "kv/voice/eu/", True),
        ("kv/voice/**", "kv/sales/", False),
        ("kv/*/prod", "kv/voice/", True),
        ("kv/*/prod", "kv/voice/prod/", False),
        ("kv/voice*/prod", "kv/sales/", False),
        ("kv/**/prod", "kv/a/b/", True),
        ("**", "anything/", True),
    ],
)
def test_a_folder_is_entered_only_when_something_below_it_can_be_meant(
    pattern: str, folder: str, *, entered: bool
) -> None:
    assert Pattern(pattern).reaches(folder) is entered


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("voice/a b", "kv/voice/a b"),
        ("50%", "kv/50%25"),
        ("a#b*c", "kv/a%23b%2Ac"),
        ("café", "kv/café"),
        ("line\nbreak", "kv/line%0Abreak"),
    ],
)
def test_a_name_with_a_meaning_in_a_place_is_encoded_and_comes_back(name: str, shown: str) -> None:
    assert (locator("kv", name), plain(locator("kv", name))) == (shown, f"kv/{name}")


@pytest.mark.parametrize("text", ["", "kv", "*", "/kv/a", "kv/a/", "kv//a", "kv/a#field"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="mount/path"):
        Pattern(text)
