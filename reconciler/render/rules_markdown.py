"""The pages of all rules as one Markdown document: docs/rules.md."""

from collections.abc import Iterator

from reconciler.rules import SECTIONS, Rule

_HEAD = """# Rules

What `reconciler validate` can find, by the code that stands in brackets behind a finding.
Made by `reconciler explain --format markdown`; do not edit it.
"""


def pages() -> str:
    """Every rule, by section."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for title, rules in SECTIONS.items():
        yield f"## {title}\n"
        for code, rule in rules.items():
            yield page(code, rule)


def page(code: str, rule: Rule) -> str:
    """One rule: a heading that can be linked to, and what is known of it."""
    parts = [f"### {code}\n", f"*{rule.severity}* · {rule.says}\n"]
    if rule.cure:
        parts.append(f"**Cure.** {rule.cure}\n")
    for label, example in (("Found", rule.bad), ("Right", rule.good)):
        if example:
            parts.append(f"{label}:\n\n```json\n{example}\n```\n")
    return "\n".join(parts)
