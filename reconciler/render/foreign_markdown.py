"""Text that somebody else wrote, for a Markdown page: it stays text, whatever the page's host.

In a comment on GitHub or GitLab text can do more than look odd: it mentions people, links issues,
loads images, closes a table or a fence, and a line that begins with `/merge` or `/lgtm` is a
command. Each function takes any text and returns Markdown that renders as `visible(text)`.
"""

import re
from urllib.parse import quote, urlsplit

from reconciler.text import visible, visible_lines

_BREAK = "&#8203;"
"""A zero-width space as an entity: what the hosts look for in the rendered text is torn apart.

`visible` leaves none of the text's own.
"""

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\u200b": _BREAK})
# Every punctuation that CommonMark, GFM's tables, strikethrough and mathematics give a meaning.
_MEANS = re.compile(r"[\\`*_{}\[\]()#+.!|~$^=-]")
# `@user`, `#12`, `!12`, `~label`, `%milestone`, `$snippet`, `:emoji:`, `GH-12`, `http://`, `www.`.
_REFERS = re.compile(
    r"[@#!~%$^&](?=\w)|:(?=[\w+-])|\b(?:GH|[A-Z]+)-(?=\d)|:(?=//)|\b[Ww][Ww][Ww](?=\.)"
)
# A page's layout takes spaces away here, or takes four of them for code.
_EDGE = re.compile(r"\A | \Z")
_COMMAND = re.compile(r"^(?=/)", re.MULTILINE)


def inline(text: str) -> str:
    """As a part of a paragraph, a heading, a list item or the cell of a table."""
    torn = _REFERS.sub(lambda found: f"{found[0]}\u200b", visible(text))
    escaped = _MEANS.sub(r"\\\g<0>", torn).translate(_HTML)
    return _EDGE.sub("&#32;", _COMMAND.sub(_BREAK, escaped))


def code(text: str) -> str:
    """As code on one line: backticks where they do, else HTML, which a table's cell takes too."""
    shown = visible(text)
    if shown == shown.strip() != "" and not set("`|") & set(shown):
        return f"`{shown}`"
    return f"<code>{inline(text)}</code>"


def fenced(text: str, info: str = "") -> str:
    """As a block of code of its own, between lines; `info` is ours, such as `diff`."""
    shown = _COMMAND.sub(" ", visible_lines(text))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{fence}{info}\n{shown}\n{fence}"


def link(words: str, url: str) -> str:
    """Words of ours as a link, only to what can be nothing but a web page; else nothing."""
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.netloc:
        return ""
    return f"[{words}]({quote(url, safe=':/?=&%.~_-')})"
