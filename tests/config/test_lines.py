import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from credwatch.config.lines import KeyPath, lines_of

TEXT = '''# a comment with [brackets] and "quotes
timezone = "UTC"   # [slack] is below

[slack]
token = "env:[[rules]]"
"odd key" = { deep = 1, list = [
  "]", # ]
  """x
[not.a.table]
""""",
] }
'single' . dotted . "three" = 3

[[rules]]
match = { place = ["a", "b#c"] }
note = \'\'\'
[[rules]]
owner = "nobody"
\'\'\'
owner = "x"
[[rules]]
[rules.match]
place = "y"
[[rules.deep]]
a = 1
[[rules.deep]]
a = 2
[ providers . vault-prod ]
use = "vault"'''


def test_every_key_is_found_on_its_line() -> None:
    expected: dict[KeyPath, int] = {
        ("timezone",): 2,
        ("slack",): 4,
        ("slack", "token"): 5,
        ("slack", "odd key"): 6,
        ("slack", "single"): 12,
        ("slack", "single", "dotted"): 12,
        ("slack", "single", "dotted", "three"): 12,
        ("rules",): 14,
        ("rules", 0): 14,
        ("rules", 0, "match"): 15,
        ("rules", 0, "note"): 16,
        ("rules", 0, "owner"): 20,
        ("rules", 1): 21,
        ("rules", 1, "match"): 22,
        ("rules", 1, "match", "place"): 23,
        ("rules", 1, "deep"): 24,
        ("rules", 1, "deep", 0): 24,
        ("rules", 1, "deep", 0, "a"): 25,
        ("rules", 1, "deep", 1): 26,
        ("rules", 1, "deep", 1, "a"): 27,
        ("providers",): 28,
        ("providers", "vault-prod"): 28,
        ("providers", "vault-prod", "use"): 29,
    }

    assert lines_of(TEXT) == expected
    tomllib.loads(TEXT)


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return (
            '"'
            + "".join(f"\\U{ord(letter):08x}" if letter in '"\\' or ord(letter) < 32 else letter for letter in value)
            + '"'
        )
    if isinstance(value, list):
        return "[" + ",\n  ".join(map(_toml, value)) + "]"
    return "{" + ", ".join(f"{_toml(key)} = {_toml(entry)}" for key, entry in value.items()) + "}"


_TEXTS = st.text(st.sampled_from("ab#[]{}='\"\\\n,.é "), max_size=8)
_VALUES = st.recursive(_TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=2))


@given(st.dictionaries(_TEXTS, _VALUES, min_size=1, max_size=5))
def test_no_value_however_written_hides_the_keys_after_it(table: dict[str, Any]) -> None:
    text, expected = "", {}
    for key, value in table.items():
        expected[key,] = text.count("\n") + 1
        text += f"{_toml(key)} = {_toml(value)} # ' \" [\n"

    assert lines_of(text) == expected
