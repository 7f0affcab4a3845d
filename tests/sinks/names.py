"""Names that somebody chose to do harm, and how a sink writes what it cannot carry, told again from the documentation."""

from __future__ import annotations

import re
import unicodedata

HOSTILE = {
    "plain": "voice-prod",
    "control characters": "a\x1b[2J\x07\b\x7f\x9b31mb",
    "a title for the terminal": "\x1b]0;owned\x07\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "carriage return": "harmless\rall is well",
    "several lines": 'a\nb\r\nc\u2028d\u2029e\x85f\x0bg\x0ch{"level": "critical"}',
    "tabs": "a\tb\tc",
    "a null": "a\0b",
    "a mention of all": "<!channel>",
    "a mention of here": "<!here|here> @here @channel @everyone",
    "a mention of one": "<@U123> <@U123|ana> <#C123> <!subteam^S000000001>",
    "a link": "<https://evil.example|Acknowledge> [x](https://evil.example)",
    "an address": "https://evil.example/?a=1&b=2#c",
    "a date of Slack's": "<!date^0^{date_long}^https://evil.example|now>",
    "entities": "&lt;!channel&gt; &amp;amp; &#60;b&#62;",
    "Slack's markup": "*bold* _slanted_ ~struck~ `code` ```block``` > quoted",
    "Slack's pictures": ":fire: :+1: a:b:c",
    "a dash of underscores": "__init__ _ snake_case_name _x",
    "Markdown": "# head\n- [ ] item **bold** ![x](y) | a | b |",
    "a way up": "../../etc/passwd",
    "a parent": "..",
    "an option": "--help",
    "turned around": "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u061c",
    "invisible": "a\u200b\u200c\ufeff\u2060\xad\u180e\u3164\u034fb",
    "tags": "a\U000e0041\U000e0042\U000e007f",
    "long": "n" * 300,
    "long and wide": "\U0001f525" * 150 + "é" * 150,
    "long, of dots": "a." * 150,
    "emoji": "\U0001f525\U0001f511",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "a flag and a heart": "\U0001f1ea\U0001f1f8 ❤️ \U0001f44d\U0001f3fd",
    "half a pair": "a\ud800b",
    "the other half": "\udc80",
    "two halves": "\ud83d\ude00 \udcff",
    "no characters": "\ufffe\uffff\ue000\U0010ffff",
    "a field": "a#b#",
    "percent": "a%2Fb%23%%s%(x)s{0}{x}%ED%A0%80",
    "a star": "a*b** ?[x]",
    "dots": ".a..b.",
    "a query": "a?b=c&d;e",
    "another place": "vault-prod:kv/other#KEY",
    "quotes": "a\"'`$(x)${y}\\",
    "backslashes": "\\\\server\\new\\table \\",
    "what looks like a number of ours": r"a\x1b\u202e\U000e0041\n",
    "spaces": "a  b   c",
    "spaces around": "  a ",
    "other spaces": "a\u00a0b\u2003c\u3000d",
    "SQL": "'; drop table credential; --",
    "TOML": '"]\n[slack]\ntoken = "x"',
    "JSON": '", "ok": true, "x": "\\u0000',
    "HTML": "</td><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload=x",
    "a comment": "--><!-- ]]> <![CDATA[",
    "a metric": 'x"} 1\n# HELP evil \\" {a="b"} 2 # {} 3',
    "a formula": '=cmd|"/C calc"!A0',
    "other formulas": '@SUM(1+1)*cmd +1 -1 =HYPERLINK("evil.example")',
    "commas": 'a,"b";c',
    "a letter that two ways write": "cafe\u0301 caf\u00e9",
    "piled up": "Z\u0351\u036b\u0343a\u0337\u0321l\u0322\u0335g\u0322\u0321o",
    "not Latin": "Пример/密钥 עברית العربية ไทย",
    "rich's markup": "[red]x[/red] [link=https://evil.example]y[/link] :smile: [/]",
    "a calendar": "x\r\nEND:VEVENT\r\nBEGIN:VALARM",
    "a template": "{{ 7*7 }} <% %> #{x}",
    "a log line": '{"level":"critical","message":"x"}',
}
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "'"})
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""No control characters, and nothing that a person could see."""


def exact(name: str) -> str:
    """The sink carries everything."""
    return name


def in_json(name: str) -> str:
    """Everything; two halves of a pair, one after the other, are a whole one."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def unseen(letter: str) -> bool:
    """Moves a cursor, turns the reading direction, is no character or cannot be seen."""
    return (
        unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        or letter in _UNSEEN
        or "\U000e0000" <= letter <= "\U000e0fff"
    )


def numbered(name: str) -> str:
    """What a person is shown: unseen characters as Python writes their numbers."""
    return "".join(ascii(letter)[1:-1] if unseen(letter) else letter for letter in name)


def in_slack(name: str) -> str:
    """What Slack shows: numbers too, and letters that look like the signs of its markup."""
    shown = numbered(name).translate(_LOOKALIKES)
    at_the_edge = r"(?:(?<=\W)|(?<=_)|^)_|_(?=\W|_|$)"
    return re.sub(r":(?=[A-Za-z0-9_+'-]+:)", "∶", re.sub(at_the_edge, "ˍ", shown))


def in_code(name: str) -> str:
    """In a code span only the end of it has to be another letter."""
    return numbered(name).replace("`", "'")


def held(name: str) -> str:
    """What a database holds: nulls and halves of surrogate pairs as a place writes them."""
    return "".join(
        "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))
        if letter == "\0" or unicodedata.category(letter) == "Cs"
        else letter
        for letter in name
    )


def half_numbered(name: str) -> str:
    """TOML carries all but halves of surrogate pairs."""
    return "".join(numbered(letter) if "\ud800" <= letter <= "\udfff" else letter for letter in name)
