"""What stands before a run that dies, what the run is to reach, and what it may cost: as data.

The same scenarios are played in memory, at every side effect (`tests/crash`), and with real files
and real HTTP, at every instant (`crash_points`). A feature that changes, pays or destroys adds its
own here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a manifest.

    Attributes:
        data: what its training file is about; another word is another content.
        file: the file's name; by default after its data.
        retry: how often it may be tried again after a failure.
    """

    data: str
    file: str = ""
    retry: int = 0

    @property
    def reads(self) -> str:
        """The name of its training file."""
        return self.file or self.data.lower()


@dataclass(frozen=True, slots=True)
class Declare:
    """The manifest says this from now on.

    Attributes:
        files: further files: name → what they are about.
        moved: new address → the one before it.
        imported: the address to which a file of somebody else is bound.
        aliases: the section `models`; what is in use is written to `OUTPUTS`.
    """

    jobs: Mapping[str, Job] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    imported: str = ""
    aliases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def contents(self) -> dict[str, str]:
        """Every file: name → what it is about."""
        return {job.reads: job.data for job in self.jobs.values()} | dict(self.files)


@dataclass(frozen=True, slots=True)
class Apply:
    """An apply that nothing happens to."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Every job that runs succeeds."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The first job fails."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Lists show by now what was there before."""


@dataclass(frozen=True, slots=True)
class LoseState:
    """The disk of the runner is gone."""


@dataclass(frozen=True, slots=True)
class DieWithDeposed:
    """An apply that dies as soon as something is deposed: replaced, and not yet removed."""


@dataclass(frozen=True, slots=True)
class Review:
    """The plan is saved as `SAVED`, and its digest is told to who applies it."""


Step = Declare | Apply | Finish | Fail | Settle | LoseState | DieWithDeposed | Review

APPLY = ("apply", "--yes")
SAVED = "saved.plan"
OUTPUTS = "models.json"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A run to be killed.

    Attributes:
        before: what led there; the last manifest is what the run applies.
        paid: jobs that are ever created, at the least and at the most.
        running: jobs that run in the end.
        files: files of ours that are there in the end.
        models: models of ours that are there in the end, saved steps aside.
        command: what is run; `DIGEST` stands for that of the review.
        mended: what is run once the faults have stopped.
        edited: the manifest after the crash, where somebody changed it.
        lag: seconds until a list shows a fresh object.
        replies: what becomes of the run's creates, one by one: `lost`, done without an answer;
            `dropped`, not done and no answer; `refused`, 429; `ok`.
        is_parallel: whether effects really go on side by side, so that no run is like another.
    """

    before: tuple[Step, ...]
    paid: tuple[int, int]
    running: int
    files: int
    command: tuple[str, ...] = APPLY
    mended: tuple[str, ...] = APPLY
    edited: Declare | None = None
    lag: int = 0
    replies: tuple[str, ...] = ()
    is_parallel: bool = False
    models: int | None = None


A, B, C = Job("F1"), Job("F2"), Job("F3")
BOTH = Declare({"a": A, "b": B})
DESTROY = ("destroy", "--yes")
FAREWELL = (*DESTROY, "--models")
SWEEP = ("gc", "--yes", "--allow-delete", "*", "--settle", "0s")
REVIEWED = ("apply", "--expect", "DIGEST")
RETRY = ("apply", "--yes", "--retry", "jobs.a", "--reason", "an outage")
APPLIED = (BOTH, Apply())
ASKS = {
    "messages": [{"role": "user", "content": "Where is F1 7?"}],
    "expect": {"contains": "tracking"},
}
PROD = {"prod": {"job": "a", "checks": [ASKS], "keep_last": 1}}
BEST = {"prod": {"candidates": ["a", "b"], "select": "best(train_loss)", "checks": [ASKS]}}
TRAINED = (Declare({"a": A}, aliases=PROD), Apply(), Finish())
TRAINED_AGAIN = (Declare({"a": B}, aliases=PROD), Apply(), Finish())

SCENARIOS: Mapping[str, Scenario] = {
    "small": Scenario((Declare({"a": A}),), (1, 1), 1, 1),
    "create": Scenario((BOTH,), (2, 2), 2, 2),
    "replace": Scenario((*APPLIED, Declare({"a": C, "b": B})), (3, 3), 2, 2),
    "changed data": Scenario((*APPLIED, Declare({"a": Job("F3", "f1"), "b": B})), (3, 3), 2, 2),
    "destroy": Scenario(APPLIED, (2, 2), 0, 0, DESTROY, DESTROY),
    "adopt": Scenario((*APPLIED, Declare({"a": B, "b": A})), (2, 2), 2, 2),
    "rename": Scenario(
        (*APPLIED, Declare({"c": A, "b": B}, moved={"jobs.c": "jobs.a"})), (2, 2), 2, 2
    ),
    "rename a file": Scenario(
        (*APPLIED, Declare({"a": Job("F1", "g1"), "b": B}, moved={"files.g1": "files.f1"})),
        (2, 2), 2, 2,
    ),
    "edited after the crash": Scenario(
        (BOTH,), (2, 3), 2, 2, edited=Declare({"a": Job("F3", "f1"), "b": B})
    ),
    "revert": Scenario(
        (*APPLIED, Finish(), Declare({"a": C, "b": B}), Apply(), Declare({"a": A, "b": B, "c": C})),
        (3, 3), 1, 2,
    ),
    "lost state": Scenario((*APPLIED, LoseState()), (2, 2), 2, 2),
    "orphans": Scenario(
        (*APPLIED, LoseState(), Declare({"a": A}), Apply(), Settle()), (2, 2), 1, 1, SWEEP, SWEEP
    ),
    "lost state and more": Scenario(
        (*APPLIED, LoseState(), Declare({"a": A, "b": B, "c": C})), (3, 3), 3, 3
    ),
    "failed job with retry": Scenario(
        (Declare({"a": Job("F1", retry=1), "b": B}), Apply(), Fail()), (3, 3), 2, 2
    ),
    "failed job that is asked for again": Scenario(
        (BOTH, Apply(), Fail()), (3, 3), 2, 2, RETRY, RETRY
    ),
    "list lag": Scenario((BOTH,), (2, 2), 2, 2, lag=60),
    "lost replies": Scenario(
        (BOTH,), (2, 2), 2, 2, lag=60, replies=("ok", "ok", "lost", "dropped")
    ),
    "failed upload": Scenario(
        (BOTH,), (2, 2), 2, 2, replies=("lost", "refused", "dropped")
    ),
    "deposed": Scenario(
        (*APPLIED, Declare({"a": Job("F3", "f1"), "b": B}), DieWithDeposed()), (3, 3), 2, 2
    ),
    "import": Scenario(
        (*APPLIED, Declare({"a": A, "b": B}, {"old": "other"}, imported="files.old")), (2, 2), 2, 2
    ),
    "saved plan": Scenario(
        (*APPLIED, Declare({"a": C, "b": B}), Review()), (3, 3), 2, 2, ("apply", SAVED)
    ),
    "reviewed digest": Scenario(
        (*APPLIED, Declare({"a": C, "b": B}), Review()), (3, 3), 2, 2, REVIEWED, REVIEWED
    ),
    "promotion": Scenario(TRAINED, (1, 1), 0, 1, models=1),
    "promotion of the best": Scenario(
        (Declare({"a": A, "b": B}, aliases=BEST), Apply(), Finish()), (2, 2), 0, 2, models=2
    ),
    "promotion to the next model": Scenario(
        (*TRAINED, Apply(), *TRAINED_AGAIN), (2, 2), 0, 1, models=1
    ),
    "retention": Scenario(
        (*TRAINED, Apply(), *TRAINED_AGAIN, Apply()), (2, 2), 0, 1, models=1
    ),
    "destroy with its models": Scenario(
        (*TRAINED, Apply(), *TRAINED_AGAIN), (2, 2), 0, 0, FAREWELL, FAREWELL, models=0
    ),
    "parallel uploads": Scenario(
        (Declare({"a": A}, {f"g{n}": f"G{n}" for n in range(7)}),), (1, 1), 1, 8,
        is_parallel=True,
    ),
}  # fmt: skip
