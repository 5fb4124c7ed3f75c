"""What a manifest says of the quality of its data: what is denied, and what may be so."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.errors import Problem
from reconciler.manifest.named import Name
from reconciler.manifest.words import did_you_mean
from reconciler.rules import RULES
from reconciler.rules.quality import QUALITY

ALL = "all"


def _checked(code: str) -> str:
    if code in QUALITY:
        return code
    why = "only what judges the data, not its form, is a matter of opinion"
    cure = did_you_mean(code, QUALITY) or "one of " + ", ".join(QUALITY)
    parts = {"why": why, "cure": cure}
    raise PydanticCustomError("unknown-value", "is no rule about quality", parts)


def _checked_or_all(code: str) -> str:
    return code if code == ALL else _checked(code)


Code = Annotated[
    str, AfterValidator(_checked), WithJsonSchema({"type": "string", "enum": [*QUALITY]})
]
CodeOrAll = Annotated[
    str,
    AfterValidator(_checked_or_all),
    WithJsonSchema({"type": "string", "enum": [ALL, *QUALITY]}),
]


class Ignored(BaseModel):
    """Findings that may be there."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    rule: Code = Field(description="The code of the findings.", examples=["duplicate-rows"])
    files: tuple[Name, ...] = Field(
        (),
        strict=False,
        description="In these entries of `files`; unset: in all.",
        examples=[["support-train"]],
    )
    reason: str = Field(
        min_length=1,
        description="Why; it is for those who review the manifest.",
        examples=["frequent questions weigh more on purpose"],
    )


class Quality(BaseModel):
    """How findings about what the data teach are taken; unset, all are warnings."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    deny: tuple[CodeOrAll, ...] = Field(
        (),
        strict=False,
        description="These are errors: nothing is uploaded or trained. `all` is each of them.",
        examples=[["secret-in-data", "train-valid-overlap"]],
    )
    ignore: tuple[Ignored, ...] = Field(
        (),
        strict=False,
        description="These are not told.",
        examples=[[{"rule": "duplicate-rows", "reason": "weighed on purpose"}]],
    )

    def judged(self, problem: Problem, name: str) -> Problem | None:
        """A finding about an entry of `files` as this manifest takes it; None: not at all."""
        if not RULES[problem.code].is_quality:
            return problem
        for ignored in self.ignore:
            if ignored.rule == problem.code and (not ignored.files or name in ignored.files):
                return None
        is_denied = problem.code in self.deny or ALL in self.deny
        return problem._replace(severity="error") if is_denied else problem

    def unknown_files(self, known: Sequence[str]) -> list[tuple[int, int, str]]:
        """Names under `ignore` that no entry has: index of the item, of the name, and the name."""
        return [
            (item, index, name)
            for item, ignored in enumerate(self.ignore)
            for index, name in enumerate(ignored.files)
            if name not in known
        ]
