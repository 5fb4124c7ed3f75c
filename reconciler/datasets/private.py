"""Secrets and personal data in what a dataset says, by their patterns.

Looking for twenty patterns in every text would cost more than all other rules, so the bytes of a
whole block are first searched for signs that hardly any text has; only the lines with such a sign
are looked at text by text.
"""

import re
from collections.abc import Iterator

SECRETS = {
    "an API key": r"(?<![\w-])sk-(?=[A-Za-z_-]{0,80}\d)[\w-]{20,}",
    "an AWS access key": r"(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "a GitHub token": r"(?<![\w-])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50})",
    "a GitLab token": r"(?<![\w-])glpat-[\w-]{20}",
    "a Slack token": r"(?<![\w-])xox[abprs]-[\w-]{10}",
    "a Google API key": r"(?<![\w-])AIza[\w-]{35}",
    "a Hugging Face token": r"(?<![\w-])hf_[A-Za-z0-9]{30}",
    "a Stripe key": r"(?<![\w-])[sr]k_live_[A-Za-z0-9]{16}",
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
    "a JSON web token": r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}",
    "a password in a URL": r"://[^/\s:@]{1,256}:[^/\s@]{1,256}@",
}
"""What it looks like → its pattern; `secret-in-data`."""

PERSONAL = {
    "an e-mail address": r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w-])",
    "a phone number": r"(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)"
    r"|(?<![\w-])(?:\(\d{3}\) |\d{3}-)\d{3}-\d{4}(?![\w-])",
    "a social security number": r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])",
    "a payment card number": r"(?<![\w-])[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?![\w-])",
    "an IBAN": r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])",
}
"""What it looks like → its pattern; `personal-data`."""

_MARKS = {
    "an API key": "sk-",
    "an AWS access key": "IA",
    "a GitHub token": "_",
    "a GitLab token": "glpat-",
    "a Slack token": "xox",
    "a Google API key": "AIza",
    "a Hugging Face token": "hf_",
    "a Stripe key": "k_live_",
    "a private key": "PRIVATE KEY-----",
    "a JSON web token": ".eyJ",
    "a password in a URL": "://",
    "an e-mail address": "@",
    "a social security number": "-",
}
"""What it looks like → a text without which it cannot be; finding that is quicker by far."""

_PATTERNS = [
    (code, what, _MARKS.get(what, ""), re.compile(pattern))
    for code, patterns in (("secret-in-data", SECRETS), ("personal-data", PERSONAL))
    for what, pattern in patterns.items()
]

_MADE_UP = re.compile(
    r"example|x{6}|\*{4}|placeholder|@(?:[\w-]+\.)*(?:test|invalid|localhost)$|555-?01\d\d$",
    re.IGNORECASE,
)
"""What is written where nothing real is meant (RFC 2606, and the numbers kept for fiction)."""

_SIGNS = [
    (mark, re.compile(sign))
    for mark, sign in (
        (b"@", rb"@"),
        (b"+", rb"\+[1-9]"),
        (b".eyJ", rb"\.eyJ"),
        (b"A", rb"A(?:KIA|SIA|Iza)"),
        (b"_", rb"_(?:(?<=gh[pousr]_)|(?<=hf_)|(?<=[sr]k_)live_|(?<=github_)pat_)"),
        # "desk-top" is no sign: what stands before "sk" is no letter, or the n of an escaped "\n".
        (
            b"-",
            (
                rb"-(?:(?<=[^A-Za-z0-9]sk-)|(?<=\\[nrt]sk-)|(?<=glpat-)|(?<=xox[abprs]-)|----BEGIN"
                rb"|(?<=[0-9]{3}-)[0-9]{2,3}-[0-9]{4})"
            ),
        ),
    )
]
"""What a sign begins with, which is quicker to miss than the sign itself, and the sign."""

STRIDE = 4
_KINDS = bytes(48 if chr(c) in "0123456789" else 45 if chr(c) in " -" else 46 for c in range(256))
_DIGITS = re.compile(rb"00[0-]")
"""In every fourth byte: what a number of 13 digits leaves there, be it whole or in fours."""


def suspects(data: bytes) -> set[int]:
    """The lines of a block, from 0, that have a sign of a secret or of personal data."""
    places = set()
    for mark, sign in _SIGNS:
        if mark in data:
            places.update([found.start() for found in sign.finditer(data)])
    digits = _DIGITS.finditer(data[::STRIDE].translate(_KINDS))
    places.update([found.start() * STRIDE for found in digits])
    return _lines_at(data, places) if places else places


def _lines_at(data: bytes, places: set[int]) -> set[int]:
    lines, line, last = set(), 0, 0
    for place in sorted(places):
        line += data.count(b"\n", last, place)
        lines.add(line)
        last = place
    return lines


def found_in(value: object) -> set[tuple[str, str]]:
    """The code of the rule and what it looks like, of all that the texts of a JSON value hold."""
    return {
        (code, what)
        for text in _texts(value)
        for code, what, mark, pattern in _PATTERNS
        if mark in text and any(_is_real(what, match[0]) for match in pattern.finditer(text))
    }


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case _:
            return


def _is_real(what: str, text: str) -> bool:
    if _MADE_UP.search(text):
        return False
    if what == "a payment card number":
        return _has_check_digit([int(c) for c in text if c.isdigit()])
    return what != "an IBAN" or _is_iban(text.replace(" ", ""))


def _has_check_digit(digits: list[int]) -> bool:
    """Luhn's test, and the lengths of card numbers."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0  # noqa: PLR2004  # of cards


def _is_iban(text: str) -> bool:
    """The test of ISO 13616: letters as numbers from 10, the first four characters last."""
    number = "".join(str(int(c, 36)) for c in text[4:] + text[:4])
    return int(number) % 97 == 1
