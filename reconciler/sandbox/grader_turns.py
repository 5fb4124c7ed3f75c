"""The messages that a model which grades is shown: their roles and what they may contain."""

from reconciler.sandbox import fields

_ROLES = ("user", "assistant", "system", "developer")
_TEXTS = {"input_text": "text", "output_text": "text", "input_image": "image_url"}
_SOUNDS = ("mp3", "wav")


def check(given: object, path: str) -> None:
    """Refuse a message without a known role, or with content that is no text, image or audio.

    Raises:
        Rejected: 400 that names the field.
    """
    turn = fields.mapping(given, path)
    fields.choice(fields.required(turn, "role", path), f"{path}.role", _ROLES)
    fields.choice(turn.get("type", "message"), f"{path}.type", ("message",))
    content = fields.required(turn, "content", path)
    if isinstance(content, list):
        for index, part in enumerate(content):
            _check_part(part, f"{path}.content[{index}]")
    else:
        _check_part(content, f"{path}.content")


def _check_part(given: object, path: str) -> None:
    """A text, alone or in an object that names its type; an image or a sound in such an object."""
    if isinstance(given, str):
        return
    part = fields.mapping(given, path)
    kind = fields.required(part, "type", path)
    if fields.choice(kind, f"{path}.type", (*_TEXTS, "input_audio")) == "input_audio":
        _check_sound(fields.required(part, "input_audio", path), f"{path}.input_audio")
    else:
        name = _TEXTS[kind]
        fields.string(fields.required(part, name, path), f"{path}.{name}")
        fields.string(part.get("detail", ""), f"{path}.detail")


def _check_sound(given: object, path: str) -> None:
    sound = fields.mapping(given, path)
    fields.string(fields.required(sound, "data", path), f"{path}.data")
    fields.choice(fields.required(sound, "format", path), f"{path}.format", _SOUNDS)
