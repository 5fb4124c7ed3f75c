"""Base models that the endpoint will shut down: what a plan says, and what a person asks."""

import datetime as dt

import pytest

from tests.support.cli import Project, Sandbox

pytestmark = pytest.mark.usefixtures("impatient")

NOW = dt.datetime.now(dt.UTC)
SOON, LATE = (f"{(NOW + dt.timedelta(days)).date()}" for days in (60, 400))


def test_a_plan_warns_of_what_it_would_train_on_a_model_that_ends(
    served: Project, box: Sandbox
) -> None:
    """The warning stands beside the change that is paid for, and is gone once that was made."""
    box.fault("shutdown", date=SOON)
    warning = f"shuts down on {SOON}, in "
    said = served.run("plan").ended(0)
    assert warning in said.err
    assert "fine-tunes of a model end with it" in said.err
    served.run("apply", "--yes", "--wait").ended(0)
    assert warning not in served.run("plan").ended(0).err


def test_a_manifest_can_ask_for_a_longer_life(served: Project, box: Sandbox) -> None:
    """Nothing is sent for a base that ends sooner than `min_lifetime_days`."""
    box.fault("shutdown", date=LATE)
    served.run("plan").ended(0)
    served.save(min_lifetime_days=500)
    said = served.run("apply", "--yes").ended(3)
    assert f"shuts down on {LATE}, in " in said.err
    assert "min_lifetime_days, reconciler.yaml:" in said.err
    assert box.made("jobs") == []


def test_what_is_at_risk_is_listed_whether_or_not_a_plan_speaks_of_it(
    served: Project, box: Sandbox
) -> None:
    """`status --at-risk` tells each address, the model beneath it and the days that are left."""
    assert "0 at risk" in served.run("status", "--at-risk").ended(0).out
    served.run("apply", "--yes", "--wait").ended(0)
    box.fault("shutdown", date=LATE)
    (row,) = served.run("status", "--at-risk", "--json").ended(0).json
    assert (row["address"], row["shutdown_date"]) == ("jobs.bot", LATE)
    assert 398 <= row["days_left"] <= 400
    shown = served.run("status", "--at-risk").ended(0).out
    assert "1 at risk, by 1 model" in shown
    assert LATE in shown
    served.run("status", "--at-risk", "jobs.bot").ended(64)
