"""What a job carries beside its settings: metadata of its own, and fields of other endpoints."""

from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta

from reconciler.kinds.spec.spec import INTERPOLATED, After, Text, wrong

MAX_PAIRS = 10
"""Of the API's 16 metadata pairs; six are the marker."""

SENT = frozenset(
    {
        "model", "training_file", "validation_file", "method", "hyperparameters", "suffix",
        "seed", "integrations", "metadata",
    }
)  # fmt: skip
"""The fields of the create request."""


@lru_cache(1_000)  # thousands of jobs have the same few
def _not_the_markers(key: str) -> str:
    if key.startswith("reconciler_"):
        raise wrong(
            "reserved-key",
            "is a key of the marker",
            why="reconciler_… keys say whose a job is, and from which spec it was made",
            cure="take another name",
        )
    return key


def _not_a_field(key: str) -> str:
    if key in SENT:
        raise wrong(
            "reserved-key",
            "is a field of the job",
            why="extra is for what an endpoint adds to the API",
            cure="set it under method" if key == "hyperparameters" else f"set {key} of the job",
        )
    return key


Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=64), After(_not_the_markers)],
        Annotated[str, Meta(max_length=512), INTERPOLATED],
    ],
    Meta(max_length=MAX_PAIRS),
]
"""At most 10 pairs of text: keys of up to 64 characters, values of up to 512."""

Extra = dict[Annotated[Text, After(_not_a_field)], Any]
"""Any JSON under keys that are no field of the create request."""
