"""Texts with templates: `{{item.x}}` is a field of the example, `{{sample.…}}` the model's answer.

The API finds a misspelt template only when it grades, so its braces and its first word are checked.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from reconciler.kinds.spec.spec import wrong

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_KNOWN = re.compile(r"\s*(?:item|sample)\s*(?:[.\[].*)?", re.DOTALL)
_EXAMPLES = "write {{item.FIELD}} or {{sample.output_text}}"


def _checked(text: str) -> str:
    """The text itself; a `}}` that closes single braces, as in JSON, is no template."""
    rest = _TEMPLATE.sub("", text)
    if "{{" in rest or ("}}" in rest and rest.count("{") < rest.count("}")):
        raise wrong("bad-template", "has a template whose braces do not pair", cure=_EXAMPLES)
    if not all(_KNOWN.fullmatch(template) for template in _TEMPLATE.findall(text)):
        why = "item is the example, sample is the model's answer; nothing else has a value"
        raise wrong(
            "bad-template", "has a template that is of neither item nor sample",
            why=why, cure=_EXAMPLES,
        )  # fmt: skip
    return text


Template = Annotated[str, AfterValidator(_checked)]
"""A text that may hold templates."""
