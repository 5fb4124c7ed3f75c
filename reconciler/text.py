"""Text that somebody else wrote, made safe to show.

What the API, a manifest or a file name says is data: it may not move the cursor, change colours,
reverse the reading order or begin a new line.
"""


def visible(text: str) -> str:
    r"""The text with every character that does not print (controls, bidi marks) as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
