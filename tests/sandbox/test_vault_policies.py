from __future__ import annotations

import pytest

from credwatch.sandbox.vault.answers import Refused
from credwatch.sandbox.vault.policies import allowed, parse


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ({"kv/data/a": "read"}, "kv/data/a", {"read"}),
        ({"kv/data/a": "read"}, "kv/data/ab", set()),
        ({"kv/data/a*": "read"}, "kv/data/ab/c", {"read"}),
        ({"kv/data/a*": "read"}, "kv/data/a\nb", {"read"}),
        ({"kv/+/a": "read"}, "kv/data/a", {"read"}),
        ({"kv/+/a": "read"}, "kv/data/x/a", set()),
        ({"kv/*/a": "read"}, "kv/data/a", set()),
        ({"kv/*": "read", "kv/data/*": "deny"}, "kv/data/a", set()),
        ({"kv/*": "deny", "kv/data/a": "read"}, "kv/data/a", {"read"}),
        ({"kv/+/a": "read", "kv/data/*": "update"}, "kv/data/a", {"update"}),
        ({"kv/data/*": "read", "kv/data/+": "update"}, "kv/data/a", {"update"}),
    ],
)
def test_the_rule_that_fits_closest_decides(rules: dict[str, str], path: str, expected: set[str]) -> None:
    hcl = "".join(f'path "{pattern}" {{ capabilities = ["{name}"] }}\n' for pattern, name in rules.items())

    assert allowed([parse(hcl)], path) == expected


def test_two_policies_add_up_and_a_denial_wins() -> None:
    reads, lists = parse('path "a/*" { capabilities = ["read"] }'), parse('path "a/*" { capabilities = ["list"] }')
    denies = parse('path "a/*" { capabilities = ["deny"] }')

    assert [set(allowed(both, "a/b")) for both in ((reads, lists), (reads, denies))] == [{"read", "list"}, set()]


def test_comments_and_line_breaks_are_read() -> None:
    hcl = '# for the watch\npath "kv/*" {  // all\n  capabilities = [\n    "read",\n    "list",\n  ]\n}\n'

    assert parse(hcl) == {"kv/*": {"read", "list"}}


@pytest.mark.parametrize(
    "hcl",
    ["nonsense", 'path "a" {}', 'path "a" { capabilities = ["reed"] }', 'path "a" { capabilities = [] }'],
)
def test_what_is_no_policy_is_refused(hcl: str) -> None:
    with pytest.raises(Refused, match="failed to parse policy"):
        parse(hcl)
