"""An endpoint that is busy or down is not met in silence: what is tried again is said, and when."""

import re

from tests.support.cli import Project, Sandbox, Terminal

JOBS = "/v1/fine_tuning/jobs"
BUSY = r"the endpoint failed \(503 server_is_overloaded\) \(\"The server is overloaded\.\"\)"


def test_in_a_pipe(served: Project, box: Sandbox) -> None:
    """One dated line for a trouble, however many requests it meets; then the plan, as ever."""
    box.fault("overloaded", times=6, retry_after=1)
    said = served.run("plan").ended(0)
    first, *rest = said.err.splitlines()
    assert re.fullmatch(rf"\d\d:\d\d:\d\dZ {BUSY}; trying again in 1\.\ds", first)
    assert rest == ["next: reconciler apply"]
    assert sum(box.requests().values()) == 9


def test_a_create_that_is_refused_for_now(served: Project, box: Sandbox) -> None:
    """It is told like any other, beside the steps of the apply."""
    box.fault("rate_limit", method="POST", path=JOBS, times=1, retry_after=1)
    said = served.run("apply", "--yes").ended(0)
    told = r"\d\d:\d\d:\d\dZ the endpoint refused the job \(429 rate_limit_exceeded\) .+; trying "
    assert len(re.findall(told + r"again in 1\.0s\n", said.err)) == 1
    assert len(box.made("jobs")) == 1


def test_at_a_terminal(served: Project, box: Sandbox) -> None:
    """Each wait has its line, above the one that tells what is under way."""
    box.fault("overloaded", path="/v1/files", times=2, retry_after=1)
    with Terminal(served, "plan", env={"NO_COLOR": "1"}) as terminal:
        shown = terminal.end().ended(0).out
    waits = r"2K  … the endpoint failed \(503"
    under_way = "⠼ (?:listing files and jobs|reading the datasets) …"  # both at once, in any order
    assert len(re.findall(waits, shown)) == 2
    assert re.search(f"{under_way}.+{waits}.+{under_way}.+{waits}.+{under_way}", shown, re.DOTALL)


def test_as_json(served: Project, box: Sandbox) -> None:
    """A program is not told: its stdout is the plan alone, its stderr silent."""
    box.fault("overloaded", times=1, retry_after=1)
    said = served.run("plan", "--json").ended(0)
    assert said.err == ""
    assert said.json["changes"]


def test_a_hiccup_is_not_worth_a_word(served: Project, box: Sandbox) -> None:
    """What is over within a second is not told."""
    box.fault("overloaded", times=1, retry_after=0)
    assert served.run("plan").ended(0).err == "next: reconciler apply\n"
