"""What `--wait` goes on for: what may come about by itself, and not what only a person resolves."""

from typing import Any

import pytest
import yaml

from reconciler.core.plan import Action
from reconciler.round import Round
from tests.support.plan_case import planned

CHAIN = """
manifest:
  files: {f: F1}
  jobs: {a: {training_file: f}, b: {model: jobs.a, training_file: f}}
"""
ALIASED = f"{CHAIN}  models: {{prod: {{job: b}}}}\n"
HERE = "state: {files.f: file-1, jobs.a: job-1 running}"
LIMITED = """
manifest:
  max_concurrent: 1
  files: {f: F1}
  jobs: {a: {training_file: f}, b: {training_file: f, seed: 2}}
state: {files.f: file-1}
"""
TWINS = """
  job-1: {of: jobs.a, status: running, metadata: {}, created_at: 1795356000}
  job-2: {of: jobs.a, status: running, metadata: {}, created_at: 1795356000}
"""
DOUBTED = """
pending: {op-1: jobs.a}
live:
  file-1: processed"""
READER = "{of: jobs.a, training_file: file-1, status: running, metadata: {}}"
EDITED = """
was: {files: {f: F1}, jobs: {a: {training_file: f}}}
manifest: {files: {f: F2}}
state: {files.f: file-1}
"""


def found(said: str, more: str = "") -> Round:
    """The round of a case in short notation."""
    notation: dict[str, Any] = yaml.load(said + more, Loader=yaml.CSafeLoader)
    return planned(notation).found


GOES_ON = {
    "a base that runs": (CHAIN, f"{HERE}\nlive: {{file-1: processed, job-1: running}}"),
    "a base of an unknown status": (CHAIN, f"{HERE}\nlive: {{file-1: processed, job-1: odd}}"),
    "a base that is made": (CHAIN, ""),
    "a base in doubt": (CHAIN, "state: {files.f: file-1}\npending: {op-1: jobs.a}"),
    "an alias of what waits for a base that runs": (
        ALIASED, f"{HERE}\nlive: {{file-1: processed, job-1: running}}",
    ),
    "a doubt that time settles": (
        "manifest: {files: {f: F1}, jobs: {a: {training_file: f}}}\n",
        "state: {files.f: file-1}\npending: {op-1: jobs.a}\nlive: {file-1: processed}",
    ),
    "a doubt about the same run elsewhere": (
        """
was: {files: {f: F1}, jobs: {a: {training_file: f}}}
manifest: {files: {f: F1}, jobs: {b: {training_file: f}}}
""",
        "state: {files.f: file-1}\npending: {op-1: jobs.a}\nlive: {file-1: processed}",
    ),
    "lists that may lag": (
        "manifest: {files: {f: F1}, jobs: {b: {training_file: f}}}\n",
        "state: lost\nlive: {file-1: {of: files.f}}",
    ),
    "a place that a run has": (
        LIMITED, "live: {file-1: processed, job-9: {status: running, model: m}}",
    ),
    "a place that a doubt has": (LIMITED, "pending: {op-1: jobs.a}\nlive: {file-1: processed}"),
    "a place that this plan takes": (LIMITED, "live: {file-1: processed}"),
    "a file that a job reads": (EDITED, f"live: {{file-1: processed, job-1: {READER}}}"),
    "a job of an unknown status that has to go": (
        EDITED.replace("files.f: file-1", "jobs.a: job-1 running"), "live: {job-1: odd}",
    ),
}  # fmt: skip
STANDS = {
    "a base that failed": (CHAIN, f"{HERE}\nlive: {{file-1: processed, job-1: failed}}"),
    "a base that is paused": (
        CHAIN.replace("{training_file: f},", "{training_file: f, paused: true},"),
        f"{HERE}\nlive: {{file-1: processed, job-1: paused}}",
    ),
    "a base that is not made while it is paused": (
        CHAIN.replace("{training_file: f},", "{training_file: f, paused: true},"), "",
    ),
    "a base that vanished": (CHAIN, f"{HERE}\nlive: {{file-1: processed}}"),
    "a base that ended and is gone": (
        CHAIN, "state: {files.f: file-1, jobs.a: job-1}\nlive: {file-1: processed}",
    ),
    "a base of two that look alike": (f"{CHAIN}state: {{files.f: file-1}}", f"{DOUBTED}{TWINS}"),
    "a base whose base failed": (
        CHAIN.replace("file: f}}", "file: f}, c: {model: jobs.b, training_file: f}}"),
        f"{HERE}\nlive: {{file-1: processed, job-1: failed}}",
    ),
    "an alias of what waits for a base that failed": (
        ALIASED, f"{HERE}\nlive: {{file-1: processed, job-1: failed}}",
    ),
    "two of which one is ours": (
        "manifest: {files: {f: F1}, jobs: {a: {training_file: f}}}\nstate: {files.f: file-1}\n",
        f"{DOUBTED}{TWINS}",
    ),
    "two that look alike": (
        "manifest: {files: {f: F1}, jobs: {a: {training_file: f}}}\nstate: {files.f: file-1}\n",
        f"live:\n  file-1: processed{TWINS}",
    ),
    "a place that a doubt between two has": (
        LIMITED, f"{DOUBTED}{TWINS}".replace("running", "paused"),
    ),
    "a model that goes with a promotion alone": (
        """
manifest:
  files: {f: F1}
  jobs: {a: {training_file: f, n_epochs: 3}}
  models: {prod: {job: a, keep_last: 2}}
state: {files.f: file-1, jobs.a: job-1}
""",
        """
live:
  file-1: processed
  job-1: succeeded
  job-9: {of: jobs.a, status: succeeded, fine_tuned_model: ft:first, try: 1}
  job-8: {of: jobs.a, status: succeeded, fine_tuned_model: ft:second, try: 1}
aliases: {models.prod: [ft:first, ft:second]}
""",
    ),
    "a file that a paused job reads": (
        EDITED, f"live: {{file-1: processed, job-1: {READER.replace('running', 'paused')}}}",
    ),
    "a file that a doubt between two reads": (
        EDITED, f"{DOUBTED}{TWINS}",
    ),
    "a file that a vanished job read": (
        EDITED.replace("file-1}", "file-1, jobs.a: job-1 running}"), "live: {file-1: processed}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GOES_ON)
def test_what_may_come_about_by_itself(case: str) -> None:
    """Time, or the end of something that goes on, is all that is missing."""
    look = found(*GOES_ON[case])
    waiting = [c for c in look.plan.changes if c.action is Action.WAITING]
    assert waiting
    assert all(map(look.outlook.comes, waiting))
    assert look.outlook.is_open


@pytest.mark.parametrize("case", STANDS)
def test_what_a_person_has_to_resolve(case: str) -> None:
    """However long somebody waits: nothing of it changes."""
    look = found(*STANDS[case])
    assert any(change.action is Action.WAITING for change in look.plan.changes)
    assert not look.outlook.is_open


@pytest.mark.parametrize("is_paused", [True, False])
def test_a_chain_may_be_as_long_as_it_is(*, is_paused: bool) -> None:
    """What waits for what waits is no deeper than a list, whether its first base is made or not."""
    jobs: dict[str, Any] = {"a0": {"training_file": "f", "paused": is_paused}}
    for number in range(1, 900):
        base = f"jobs.a{number - 1}"
        jobs[f"a{number}"] = {"model": base, "training_file": "f", "seed": number}
    found = planned({"manifest": {"files": {"f": "F1"}, "jobs": jobs}}).found
    assert found.outlook.is_open is not is_paused
