"""Secrets and personal data in what a dataset says, by their patterns.

Looking for twenty patterns in every text would cost more than all other rules, so the bytes of a
whole block are first searched for signs that hardly any text has; only the lines with such a sign
are looked at text by text.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import islice
from string import ascii_uppercase, digits
from typing import NamedTuple

from reconciler.datasets.plain import Plain

SECRETS = {
    "an API key": r"sk-(?<![\w-]sk-)(?=[A-Za-z_-]{0,80}\d)[\w-]{20,}",
    "an AWS access key": r"A(?<![A-Z0-9].)(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "a GitHub token": r"g(?<![\w-].)(?:h[pousr]_[A-Za-z0-9]{36}|ithub_pat_\w{50})",
    "a GitLab token": r"glpat-(?<![\w-]glpat-)[\w-]{20}",
    "a Slack token": r"xox(?<![\w-]xox)[abprs]-[\w-]{10}",
    "a Google API key": r"AIza(?<![\w-]AIza)[\w-]{35}",
    "a Hugging Face token": r"hf_(?<![\w-]hf_)[A-Za-z0-9]{30}",
    "a Stripe key": r"[sr]k_live_(?<![\w-].k_live_)[A-Za-z0-9]{16}",
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
    "a JSON web token": r"eyJ(?<![\w-]eyJ)[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}",
    "a password in a URL": r"://[^/\s:@]{1,256}:[^/\s@]{1,256}@",
}
"""What it looks like → its pattern; `secret-in-data`.

A pattern begins with what it needs and only then looks back: so the search skips quickly to where
it may begin.
"""

PERSONAL = {
    "an e-mail address": r"@(?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w-])",
    "a phone number": r"[+(0-9](?:(?<=\+)(?<![\w+].)[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)"
    r"|(?<![\w-].)(?:(?<=\()\d{3}\) |(?<=\d)\d\d-)\d{3}-\d{4}(?![\w-]))",
    "a social security number": r"[0-8](?<![\w-].)\d\d(?<!000|666)"
    r"-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])",
    "a payment card number": r"[3-6](?<![\w-].)\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?![\w-])",
    "an IBAN": r"[A-Z](?<![\w-].)[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])",
}
"""What it looks like → its pattern; `personal-data`. Of an e-mail address from the @ on."""

_NAME = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}\Z")
"""What stands before the @."""
_LONGEST_NAME = 64

_SIGN_OF = {
    "an API key": b"-",
    "an AWS access key": b"A",
    "a GitHub token": b"_",
    "a GitLab token": b"-",
    "a Slack token": b"-",
    "a Google API key": b"A",
    "a Hugging Face token": b"_",
    "a Stripe key": b"_",
    "a private key": b"-",
    "a JSON web token": b"J",
    "a password in a URL": b"@",
    "an e-mail address": b"@",
}
"""What it looks like → the mark of `_SIGNS` that its line has."""

_FORMS = {
    "a phone number": (rb"\+0(?:[ ().-]{0,2}0){7}", rb"000-0000"),
    "a social security number": (rb"000-00-0000",),
    "a payment card number": (rb"0000[ -]?0000[ -]?0000[ -]?0",),
    "an IBAN": (rb"AA00(?: ?[A0]{4}){2} ?[A0]{3}",),
}
"""Of numbers: patterns without one of which it cannot be; 0 is any digit, A any capital letter."""

_KINDS_OF = bytes.maketrans(
    b"BCDEFGHIJKLMNOPQRSTUVWXYZ123456789", b"AAAAAAAAAAAAAAAAAAAAAAAAA000000000"
)


class _Look(NamedTuple):
    """What one pattern finds."""

    code: str
    what: str
    pattern: re.Pattern[str]


_LOOKS = [
    _Look(code, what, re.compile(pattern))
    for code, patterns in (("secret-in-data", SECRETS), ("personal-data", PERSONAL))
    for what, pattern in patterns.items()
]
_BY_FORM = [(re.compile(form), look) for look in _LOOKS for form in _FORMS.get(look.what, ())]

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
        (b"J", rb"J(?<=\.eyJ)"),
        (b"A", rb"A(?:KIA|SIA|Iza)"),
        (b"_", rb"_(?:(?<=gh[pousr]_)|(?<=hf_)|(?<=[sr]k_)live_|(?<=github_)pat_)"),
        # "desk-top" is no sign: what stands before "sk" is no letter, or the n of an escaped "\n",
        # nor the last digit of an escaped quotation mark.
        (
            b"-",
            (  # what is quickly told from others comes first: of keys, what stands before the mark
                rb"-(?:----BEGIN|[0-9][0-9]"
                rb"(?:(?<=[0-9]{3}-..)[0-9]?-[0-9]{4}|(?<=\) [0-9]{3}-..)[0-9]{2})|(?<=[abkprst]-)"
                rb"(?:(?<=[^A-Za-z0-9]sk-)|(?<=\\[nrt]sk-)|(?<=\\u[0-9A-Fa-f]{4}sk-)"
                rb"|(?<=glpat-)|(?<=xox[abprs]-)))"
            ),
        ),
    )
]
"""What a sign begins with, which is quicker to miss than the sign itself, and the sign."""

SPARSE = 8_192
"""Bytes to a mark: where it stands more often, the search for the sign is quicker."""

STRIDE = 4
_KIND = dict.fromkeys(digits + ascii_uppercase, "X") | dict.fromkeys(" -", "-")
_KINDS = "".join(_KIND.get(chr(byte), ".") for byte in range(256)).encode()
_RUN = re.compile(rb"X(?:X[X-]|-XX)")
"""In every fourth byte: what a card's number or an IBAN leaves there, be it whole or in fours."""
_PAIR = b"XX"
"""What each of them has, and most blocks do not; it is found sooner than they are."""
_DIGIT = b"0"
"""The mark of a number."""
_NUMBERS = [
    re.compile(form)
    for form in (*_FORMS["a payment card number"], *_FORMS["an IBAN"], rb"\\u00[0A]")
]
"""A long number, as in `_FORMS`; and what may be a part of one, written as the number of a sign."""
AROUND = 48
"""Bytes before and after a place within a number that hold all of it; the longest is an IBAN."""
MANY = 200
"""Places in a block from which it is quicker to look at all of it."""


def suspects(data: bytes) -> Mapping[int, set[bytes]]:
    """The lines of a block, from 0, that have a sign of a secret or of personal data: which."""
    places = [(place, mark) for mark, sign in _SIGNS for place in _places(data, mark, sign)]
    places += [(place, _DIGIT) for place in _numbers(data)]
    lines: dict[int, set[bytes]] = {}
    line = last = 0
    for place, mark in sorted(places):
        line += data.count(b"\n", last, place)
        lines.setdefault(line, set()).add(mark)
        last = place
    return lines


def _places(data: bytes, mark: bytes, sign: re.Pattern[bytes]) -> Iterator[int]:
    """Where a sign is: its marks are looked at one by one while they are few."""
    left, place = len(data) // SPARSE, data.find(mark)
    while place >= 0 and left:
        if sign.match(data, place):
            yield place
        place, left = data.find(mark, place + 1), left - 1
    if place >= 0:
        yield from (found.start() for found in sign.finditer(data, place))


def _numbers(data: bytes) -> Iterator[int]:
    """Where a long number may be, and not a date."""
    sample = data[::STRIDE].translate(_KINDS)
    if _PAIR not in sample:
        return iter(())
    places = [found.start() * STRIDE for found in islice(_RUN.finditer(sample), MANY)]
    if len(places) == MANY:
        return _long_numbers(data)
    return (place for place in places if any(True for _ in _long_numbers(_around(data, place))))


def _around(data: bytes, place: int) -> bytes:
    return data[max(0, place - AROUND) : place + AROUND]


def _long_numbers(data: bytes) -> Iterator[int]:
    form = data.translate(_KINDS_OF)
    return (found.start() for number in _NUMBERS for found in number.finditer(form))


def found_in(texts: Iterable[str], signs: Container[bytes] | None = None) -> set[tuple[str, str]]:
    """The code of the rule and what it looks like, of all that these texts hold.

    Args:
        signs: those that the line has; None: they are looked for in the texts.
    """
    text = "\n".join(("", *texts))  # no pattern goes over a line
    data = text.encode(errors="replace")
    if signs is None:
        signs = {mark for mark, sign in _SIGNS if any(True for _ in _places(data, mark, sign))}
    form = data.translate(_KINDS_OF)
    looks = [look for look in _LOOKS if _SIGN_OF.get(look.what) in signs]
    looks += [look for pattern, look in _BY_FORM if pattern.search(form)]
    return {
        (look.code, look.what)
        for look in looks
        if any(_is_real(look.what, match) for match in _matches(look, text))
    }


def _matches(look: _Look, text: str) -> Iterator[str]:
    found = look.pattern.finditer(text)
    if look.what == "an e-mail address":
        return _addresses(found, text)
    return (match[0] for match in found)


def _addresses(domains: Iterator[re.Match[str]], text: str) -> Iterator[str]:
    """The e-mail addresses of which these are the domains, with their @."""
    end = 0
    for domain in domains:
        at = domain.start()
        if name := _NAME.search(text, max(end, at - _LONGEST_NAME - 1), at):
            end = domain.end()
            yield name[0] + domain[0]


def said_in(row: Plain) -> Iterator[str]:
    """The texts of a usual row."""
    return (message.content for message in row.messages)


def texts_of(value: object) -> Iterator[str]:
    """The texts of a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from texts_of(inner)
        case list():
            for inner in value:
                yield from texts_of(inner)
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
    return len(text) >= 15 and int(number) % 97 == 1  # noqa: PLR2004  # Norway's are the shortest
