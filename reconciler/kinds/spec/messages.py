"""The messages that a grading model reads: text, images and audio, with templates."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.spec.strict import Many, Strict, Text
from reconciler.kinds.spec.templates import Template


class CacheBreakpoint(Strict):
    """The end of a prompt's beginning that is the same in every request."""

    mode: Literal["explicit"] = Field(description="Always `explicit`.")


class InputText(Strict):
    """A text."""

    type: Literal["input_text"] = Field(description="A text that the model reads.")
    text: Template = Field(description="The text.", examples=["Answer: {{sample.output_text}}"])
    prompt_cache_breakpoint: CacheBreakpoint | None = Field(
        None, description="Where a reusable beginning of the prompt ends."
    )


class OutputText(Strict):
    """A text that a model wrote."""

    type: Literal["output_text"] = Field(description="A text that a model wrote.")
    text: Template = Field(description="The text.")


class InputImage(Strict):
    """An image."""

    type: Literal["input_image"] = Field(description="An image that the model looks at.")
    image_url: Template = Field(
        min_length=1, description="Its address.", examples=["https://example.com/map.png"]
    )
    detail: Literal["high", "low", "auto"] | None = Field(
        None, description="How closely the model looks; unset: `auto`."
    )


class Audio(Strict):
    """Sound as text."""

    data: Text = Field(description="The sound in base64.")
    format: Literal["mp3", "wav"] = Field(description="How the sound is coded.")


class InputAudio(Strict):
    """A recording."""

    type: Literal["input_audio"] = Field(description="A recording that the model hears.")
    input_audio: Audio = Field(description="The recording.")


Part = (
    Template
    | Annotated[InputText | OutputText | InputImage | InputAudio, Field(discriminator="type")]
)


class Message(Strict):
    """One message to the grading model."""

    type: Literal["message"] | None = Field(None, description="Always `message`.")
    role: Literal["user", "assistant", "system", "developer"] = Field(
        description="Who says it.", examples=["user"]
    )
    content: Part | Many[Part] = Field(
        description="A text, a part, or a list of them.",
        examples=["Score {{sample.output_text}} against {{item.answer}}."],
    )
