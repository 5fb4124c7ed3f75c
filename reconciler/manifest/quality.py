"""What a manifest says of the quality of its data: what is denied, and what may be so."""

from collections.abc import Sequence
from typing import Annotated

from reconciler.errors import Problem
from reconciler.kinds.spec.spec import After, Many, Shown, Spec, Text, says, wrong
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
    raise wrong("unknown-value", "is no rule about quality", why=why, cure=cure)


def _checked_or_all(code: str) -> str:
    return code if code == ALL else _checked(code)


Code = Annotated[str, After(_checked), Shown({"type": "string", "enum": [*QUALITY]})]
CodeOrAll = Annotated[
    str,
    After(_checked_or_all),
    Shown({"type": "string", "enum": [ALL, *QUALITY]}),
]


class Ignored(Spec, frozen=True, kw_only=True):
    """Findings that may be there."""

    rule: Annotated[Code, says("The code of the findings.", "duplicate-rows")]
    files: Annotated[
        Many[Name], says("In these entries of `files`; unset: in all.", ["support-train"])
    ] = ()
    reason: Annotated[
        Text,
        says(
            "Why; it is for those who review the manifest.",
            "frequent questions weigh more on purpose",
        ),
    ]


class Quality(Spec, frozen=True):
    """How findings about what the data teach are taken; unset, all are warnings."""

    deny: Annotated[
        Many[CodeOrAll],
        says(
            "These are errors: nothing is uploaded or trained. `all` is each of them.",
            ["secret-in-data", "train-valid-overlap"],
        ),
    ] = ()
    ignore: Annotated[
        Many[Ignored],
        says("These are not told.", [{"rule": "duplicate-rows", "reason": "weighed on purpose"}]),
    ] = ()

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
