"""What programs read, as typed dictionaries whose members say what they mean."""

from pydantic import ConfigDict, with_config

documented = with_config(ConfigDict(use_attribute_docstrings=True))
"""Takes the text below a member into the JSON Schema."""
