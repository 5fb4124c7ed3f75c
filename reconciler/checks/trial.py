"""A trial: every check of an alias, asked of the model that is to be promoted."""

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.checks.answer import Asker, NoAnswer
from reconciler.checks.grade import PASSED, Grade, grade, judged, judging
from reconciler.core.alias import Checked
from reconciler.core.checks import FAIL, INVESTIGATE, PASS, Trial
from reconciler.errors import ApiError
from reconciler.kinds.spec.checks import Case, Check, Expect, Rule


class Score(NamedTuple):
    """How the cases of one check went: as a share of all of them."""

    passed: int = 0
    open: int = 0
    total: int = 0
    why: str = ""

    def judged(self, least: float) -> Grade:
        """Of the whole check: what a person has to look at counts neither way."""
        if self.passed >= least * self.total:
            return PASSED
        if self.passed + self.open < least * self.total:
            return Grade(FAIL, self.why)
        return Grade(INVESTIGATE, self.why)


def tried(trial: Trial, asker: Asker) -> Checked:
    """What came of all checks; the first that fails is told, and the rest is still asked.

    Raises:
        ApiError: the endpoint does not answer: nothing came of it, and it may be tried again.
    """
    grades = [_check(rule, trial, asker) for rule in trial.checks.rules]
    outcomes = {one.outcome for one in grades}
    outcome = next((each for each in (FAIL, INVESTIGATE) if each in outcomes), PASS)
    why = next((one.why for one in grades if one.outcome == outcome != PASS), "")
    passed = sum(1 for one in grades if one.outcome == PASS)
    key = trial.checks.key(trial.current)
    return Checked(trial.model, key, outcome, passed, len(grades), why)


def _check(rule: Rule, trial: Trial, asker: Asker) -> Grade:
    score = _scored(rule, trial.model, asker)
    result = score.judged(rule.check.min_pass)
    if not rule.check.no_regression or not trial.current or result.outcome == FAIL:
        return result
    before = _scored(rule, trial.current, asker)
    if score.passed + score.open < before.passed:
        told = f"{score.passed} of {score.total} cases, {trial.current} passes {before.passed}"
        return Grade(FAIL, f"no_regression: {told}")
    return result if score.passed >= before.passed else Grade(INVESTIGATE, score.why)


def _scored(rule: Rule, model: str, asker: Asker) -> Score:
    grades = [_case(rule.check, case, model, asker) for case in rule.cases]
    return Score(
        sum(1 for one in grades if one.outcome == PASS),
        sum(1 for one in grades if one.outcome == INVESTIGATE),
        len(grades),
        _first(grades),
    )


def _first(grades: Sequence[Grade]) -> str:
    """The first thing that was not as expected, and where several cases are, in which."""
    found = next(((n, g) for n, g in enumerate(grades, 1) if g.outcome != PASS), None)
    if found is None:
        return ""
    number, result = found
    return result.why if len(grades) == 1 else f"case {number}: {result.why}"


def _case(check: Check, case: Case, model: str, asker: Asker) -> Grade:
    expect = case.expect or check.expect
    assert expect is not None  # noqa: S101  # both are read with that rule
    messages = [said.model_dump() for said in case.messages]
    body = {"model": model, "messages": messages, **check.options}
    try:
        answer = asker.ask(body, stream=check.stream)
        result = grade(expect, answer)
        if result.outcome != PASS or expect.judge is None:
            return result
        return _judged(expect, judging(expect.judge, messages, answer), asker)
    except NoAnswer as error:
        return Grade(INVESTIGATE, f"the endpoint's answer is no completion: {error}")


def _judged(expect: Expect, body: dict[str, object], asker: Asker) -> Grade:
    judge = expect.judge
    assert judge is not None  # noqa: S101  # asked only where there is one
    try:
        return judged(judge, asker.ask(body))
    except ApiError as error:
        return Grade(INVESTIGATE, f"the judge {judge.model} did not answer: {error.what}")
