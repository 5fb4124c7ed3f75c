"""What a plan means for the exit code, and how findings are shown."""

from collections.abc import Sequence

from reconciler.cli.out import Out
from reconciler.cli.told import suited
from reconciler.core.plan import Finding, Plan, Severity
from reconciler.errors import ExitCode
from reconciler.render.ci_log import Level, Note
from reconciler.render.plan_text import findings_lines

_EXITS = (
    (Severity.REFUSED, ExitCode.REFUSED),
    (Severity.UNSETTLED, ExitCode.UNSETTLED),
    (Severity.FAILED, ExitCode.FAILED),
)


def verdict(plan: Plan, refusals: Sequence[Finding] = ()) -> ExitCode:
    """The exit code that findings demand: refused before unsettled before failed."""
    found = {finding.severity for finding in (*plan.findings, *refusals)}
    return next((code for severity, code in _EXITS if severity in found), ExitCode.DONE)


def say_findings(out: Out, findings: Sequence[Finding], *, simulated: bool) -> None:
    """What is found, beside the plan."""
    suit = [found._replace(cure=suited(found.cure, out.options)) for found in findings]
    out.say(*findings_lines(suit, simulated=simulated))
    told = [finding for finding in findings if finding.severity is not Severity.NOTE]
    for finding in sorted(told, key=lambda finding: finding.severity is Severity.WARNING):
        level: Level = "warning" if finding.severity is Severity.WARNING else "error"
        out.annotate(Note(level, str(finding.address), finding.what))
