"""What commands do by themselves in CI: annotations, folds, summaries, outputs, widgets."""

import json
import re
from pathlib import Path

import pytest

from tests.support.attacks import TEXTS
from tests.support.ci import obeyed
from tests.support.cli import Project, Said, Sandbox, dataset, example


@pytest.fixture
def actions(demo: Project) -> dict[str, str]:
    """The environment of a step of GitHub Actions."""
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    paths = {name: str(demo.write(file, "")) for name, file in files.items()}
    return {"CI": "true", "GITHUB_ACTIONS": "true", **paths}


def outputs(demo: Project) -> dict[str, str]:
    """What a later step sees."""
    lines = demo.read("output").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_a_plan_sets_outputs_and_a_summary(demo: Project, actions: dict[str, str]) -> None:
    """The digest and the counts for later steps, and the page for people."""
    digest = demo.run("plan", "--json").ended(0).json["digest"]
    said = demo.run("plan", **actions).ended(0)
    assert outputs(demo) == {
        "digest": digest, "has-changes": "true", "cost": "0.01", "to-create": "2",
        "to-replace": "0", "to-delete": "0", "to-cancel": "0", "to-adopt": "0", "exit-code": "0",
    }  # fmt: skip
    assert demo.read("summary").startswith("<!-- reconciler:plan v1 project=demo digest=")
    assert said.out == demo.run("plan").ended(0).out
    assert not re.search("^::", said.all, re.MULTILINE)


def test_an_apply_folds_its_plan_and_tells_its_models(
    demo: Project, actions: dict[str, str]
) -> None:
    """The plan was reviewed; what came of it is what a reader looks for, by alias, too."""
    demo.save(models={"prod": {"job": "bot"}})
    said = demo.run("apply", "--yes", "--wait", **actions).ended(0)
    lines = said.out.splitlines()
    assert lines[0] == "::group::Plan of demo"
    assert lines.index("::endgroup::") < next(n for n, x in enumerate(lines) if "Apply: 3" in x)
    models = json.loads(outputs(demo)["models"])
    model = demo.record("jobs.bot")["facts"]["fine_tuned_model"]
    assert models == {"jobs.bot": model, "models.prod": model}
    assert outputs(demo)["exit-code"] == "0"
    assert demo.read("summary").startswith("### demo: 3 done in ")
    assert f"| `jobs.bot` | `{models['jobs.bot']}` |" in demo.read("summary")


def test_an_apply_that_fails_says_so_everywhere(
    served: Project, box: Sandbox, actions: dict[str, str]
) -> None:
    """An annotation at the address, a row of the summary, the exit code as an output."""
    box.fault("denied", method="POST", path="/v1/fine_tuning/jobs")
    said = served.run("apply", "--yes", "--allow-local-state", **actions).ended(1)
    assert re.search(r"^::error title=jobs\.bot::the endpoint refused", said.err, re.MULTILINE)
    assert outputs(served)["exit-code"] == "1"
    assert "| `jobs.bot` | failed: " in served.read("summary")


def test_mistakes_are_shown_beside_their_lines(demo: Project, actions: dict[str, str]) -> None:
    """Whatever command finds them; their places start at the repository, as the host names them."""
    demo.write("data/train.jsonl", dataset(12) + '{"messages": []}\n')
    for command in ("validate", "plan"):
        said = demo.run(command, **actions, GITHUB_WORKSPACE=str(demo.root.parent)).ended(65)
        assert re.search(r"^::error file=demo/data/train\.jsonl,line=13,col=\d+,title=[\w-]+::",
                         said.err, re.MULTILINE)  # fmt: skip
    missing = demo.run("plan", "--env", "prod", **actions).ended(65)
    assert "::error " in missing.err


def test_refusals_are_annotations_and_no_more_than_ten(
    served: Project, actions: dict[str, str]
) -> None:
    """GitHub drops the eleventh without a word, so the worst come first."""
    served.save(jobs={f"j{n}": {"model": "m", "training_file": "train"} for n in range(13)})
    said = served.run("plan", **actions)
    notes = re.findall(r"^::(\w+) title=([\w.]+)::", said.err, re.MULTILINE)
    assert notes[0][0] == "error"
    assert len([level for level, _ in notes if level == "warning"]) <= 10


def test_nothing_is_obeyed_but_our_own(demo: Project, actions: dict[str, str]) -> None:
    """Whatever stands in the data or in a path is text, in the log and in the files."""
    attacks = [text for text in TEXTS.values() if "\0" not in text and "\ud800" not in text]
    rows = [{**example("a", n), text: 1} for n, text in enumerate(attacks)]
    demo.write("data/train.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    said = demo.run("plan", **actions).ended(65)
    ours = re.compile(r"::(error|warning) (file=[^:,]+,line=\d+,col=\d+,)?title=[\w. -]+::")
    for line in said.all.splitlines():
        rest = ours.sub("", line, count=1) if ours.match(line) else line
        assert obeyed(rest) == [], line


def test_files_of_a_host_that_cannot_be_written(demo: Project, actions: dict[str, str]) -> None:
    """A plan is a plan all the same."""
    gone = actions | {"GITHUB_OUTPUT": "none/output", "GITHUB_STEP_SUMMARY": str(demo.root)}
    assert "cannot be written" in demo.run("plan", **gone).ended(0).err
    demo.write("summary", "x" * 1_048_000)
    assert "summary is full" in demo.run("plan", **actions).ended(0).err
    assert demo.read("summary") == "x" * 1_048_000


def test_a_widget_and_a_page_for_gitlab(demo: Project) -> None:
    """Both from the one plan whose text is the log; an apply folds its plan there, too."""
    arguments = ("--widget", "widget.json", "--page", "page.md")
    said = demo.run("plan", *arguments, CI="true", GITLAB_CI="true").ended(0)
    assert "Plan: 2 to create" in said.out
    assert json.loads(demo.read("widget.json")) == {"create": 2, "update": 0, "delete": 0}
    assert demo.read("page.md") == demo.run("plan", "--format", "markdown").out.removesuffix("\n")
    demo.run("plan", *arguments).ended(0)
    applied = demo.run("apply", "--yes", CI="true", GITLAB_CI="true").ended(0)
    assert re.search(
        "\x1b\\[0Ksection_start:\\d+:reconciler\\[collapsed=true\\]\r\x1b\\[0KPlan of demo\n",
        applied.out,
    )


@pytest.mark.parametrize("option", ["--page", "--widget"])
def test_nothing_of_others_is_overwritten(demo: Project, option: str) -> None:
    """A file that we did not write stays."""
    demo.write("mine", "notes")
    said: Said = demo.run("plan", option, "mine").ended(3)
    assert "refused: mine is there already" in said.error["what"]
    assert demo.read("mine") == "notes"


def test_elsewhere_nothing_of_it(demo: Project, tmp_path: Path) -> None:
    """Another system gets no command, and no file, whatever its variables are called."""
    path = tmp_path / "summary"
    said = demo.run("apply", "--yes", CI="true", GITHUB_STEP_SUMMARY=str(path)).ended(0)
    assert "::" not in said.all
    assert not path.exists()
