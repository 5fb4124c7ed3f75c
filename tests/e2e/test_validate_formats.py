"""What `validate` tells programs: formats that others define, held against their schemas."""

import json
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest
import xmlschema

from reconciler.datasets import report
from reconciler.datasets.digest import changed
from tests.support.cli import Project, Terminal, dataset

SARIF = {"version": "2.1.0"}
DATA = Path(__file__).parent.parent / "data"
NO_ROLE = '{"messages": [{"content": "q"}, {"role": "assistant", "content": "a"}]}\n'
SAME = (
    '{"messages": [{"role": "user", "content": "s3cret"}, {"role": "assistant", "content": "b"}]}\n'
)


@pytest.fixture
def broken(demo: Project) -> Project:
    """Twelve examples without a role, one twice, and a name that begins a command of CI."""
    demo.write("data/a b.jsonl", dataset(12) + NO_ROLE * 12 + SAME * 2)
    hostile = '{"messages": [], "##[x]\\u001b": 1}\n'
    demo.write("data/::error::.jsonl", dataset(12) + hostile)
    demo.save(
        files={
            "train": {"path": "data/train.jsonl"},
            "b": {"path": "data/a b.jsonl"},
            "c": {"path": "data/::error::.jsonl"},
        }
    )
    return demo


def schema(name: str) -> dict[str, object]:
    """A schema of tests/data."""
    found: dict[str, object] = json.loads((DATA / name).read_text("utf-8"))
    return found


def test_sarif_is_valid(broken: Project) -> None:
    """Each finding with its rule, its place and what it is known by on other lines."""
    said = broken.run("validate", "--format", "sarif").ended(65)
    jsonschema.Draft4Validator(schema("sarif-schema-2.1.0.json")).validate(said.json)
    (run,) = said.json["runs"]
    first = run["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert (first["ruleId"], first["level"]) == ("missing-role", "error")
    assert place["artifactLocation"]["uri"] == "data/a%20b.jsonl"
    assert place["region"] == {"startLine": 13, "startColumn": 15}
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "missing-role"
    known = [each["partialFingerprints"]["reconciler/v1"] for each in run["results"]]
    assert len(set(known)) == len(known)
    broken.write("data/a b.jsonl", dataset(13) + NO_ROLE * 12 + SAME * 2)
    (after,) = broken.run("validate", "--format", "sarif").ended(65).json["runs"]
    assert [each["partialFingerprints"]["reconciler/v1"] for each in after["results"]] == known


def test_sarif_has_no_link_of_somebody_else(demo: Project) -> None:
    """A key of a dataset may look like one; code scanning shows links in messages."""
    row = '{"messages": [], "[fix](https://e.example)": 1}\n'
    demo.write("data/train.jsonl", dataset(12) + row)
    (run,) = demo.run("validate", "--format", "sarif").ended(65).json["runs"]
    texts = [each["message"]["text"] for each in run["results"]]
    assert any("[fix] (https:" in text for text in texts)
    assert not any("](" in text for text in texts)


def test_gitlab_is_valid(broken: Project) -> None:
    """A list of findings, the worst first."""
    said = broken.run("validate", "--format", "gitlab").ended(65)
    jsonschema.validate(said.json, schema("gitlab-code-quality.json"))
    assert len({each["fingerprint"] for each in said.json}) == len(said.json)
    severities = [each["severity"] for each in said.json]
    assert severities == sorted(severities)
    assert severities[-1] == "minor"


def test_junit_is_valid(broken: Project) -> None:
    """A suite a file, and a case for each rule; a clean file has one that passed."""
    said = broken.run("validate", "--format", "junit").ended(65)
    xmlschema.XMLSchema(DATA / "junit.xsd").validate(said.out)
    assert '<testcase name="valid" classname="data/train.jsonl"' in said.out
    assert '<failure type="missing-role" message="message 1 has no &quot;role&quot;">' in said.out
    assert 'name="data/a b.jsonl" errors="0" skipped="0" tests="2" failures="1"' in said.out
    assert "##[" not in said.out


def test_github_shows_ten_of_a_level(broken: Project) -> None:
    """Nine errors and how many more there are, then the warnings; the others in the log."""
    said = broken.run("validate", "--format", "github").ended(65)
    lines = said.out.splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert errors[0].startswith("::error file=data/a b.jsonl,line=13,col=15,title=missing-role::")
    assert errors[-1].startswith("::error title=more::+5 more")
    assert sum(line.startswith("::warning ") for line in lines) == 1
    assert sum(": error: " in line for line in lines) == 5


@pytest.mark.parametrize("format_", ["text", "json", "github", "gitlab", "sarif", "junit"])
def test_no_row_is_repeated(broken: Project, format_: str) -> None:
    """Whatever the format, what the data say is not told; asked for in a pipe, it is refused."""
    assert "s3cret" not in broken.run("validate", "--format", format_).ended(65).all
    said = broken.run("validate", "--format", format_, "--show-rows").ended(64)
    assert "terminal alone" in said.all


def test_rows_are_shown_at_a_terminal(broken: Project) -> None:
    """A person sees the row that a finding is about, and nothing in it acts on the terminal."""
    with Terminal(broken, "validate", "--show-rows") as terminal:
        shown = terminal.end()
    assert shown.code == 65
    assert '{"messages": [{"content": "q"}' in shown.out
    assert "  row:   {" in shown.out


def test_findings_can_leave_the_step_green(broken: Project) -> None:
    """A later step of CI takes the report, and fails by it."""
    assert broken.run("validate", "--format", "sarif", "--exit-zero").ended(0).json["runs"]


def test_the_manifest_denies_and_ignores(demo: Project) -> None:
    """A denied finding is exit 65 for plan, too; an ignored one is not told."""
    demo.write("data/train.jsonl", dataset(12) + SAME * 2)
    assert "[duplicate-rows]" in demo.run("validate").ended(0).out
    demo.save(quality={"deny": ["duplicate-rows"]})
    assert "error: the example stands in the file before" in demo.run("plan").ended(65).err
    ignore = [{"rule": "duplicate-rows", "files": ["train"], "reason": "weighed on purpose"}]
    demo.save(quality={"deny": ["all"], "ignore": ignore})
    assert "duplicate" not in demo.run("validate").ended(0).out


def test_what_a_job_cannot_train_on(demo: Project) -> None:
    """The data's format against the entry's and the method's, at their places in the manifest."""
    demo.manifest["files"]["train"]["format"] = "completion"
    demo.manifest["jobs"]["bot"]["method"] = {"type": "dpo"}
    demo.save()
    said = demo.run("validate").ended(65)
    assert "error: the dataset is in the chat format [other-format]" in said.out
    assert "which jobs.bot cannot train on [format-not-method]" in said.out


def test_training_and_validation_are_compared(demo: Project) -> None:
    """Examples in both files are told; the second run knows without reading."""
    demo.write("data/valid.jsonl", dataset(3) + dataset(12))
    demo.manifest["jobs"]["bot"]["validation_file"] = "valid"
    demo.save(files={"train": {"path": "data/train.jsonl"}, "valid": {"path": "data/valid.jsonl"}})
    for _ in range(2):
        assert "[train-valid-overlap]" in demo.run("validate").ended(0).out


def test_files_that_cannot_be_compared_are_not_taken_for_different(
    demo: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the manifest denies what two files share, not to know it is no success."""

    def gone(*_: object) -> NoReturn:
        raise changed("data/train.jsonl")

    demo.manifest["jobs"]["bot"]["validation_file"] = "train"
    demo.save(quality={"deny": ["train-valid-overlap"]})
    monkeypatch.setattr("reconciler.datasets.overlap.overlap", gone)
    assert "data/train.jsonl changed while it was read" in demo.run("plan").ended(65).err


def test_what_is_only_counted_is_told(demo: Project) -> None:
    """Forty problems of a file stand for themselves, the others in numbers that say the same."""
    demo.write("data/train.jsonl", dataset(12) + NO_ROLE * 100)
    said = demo.run("validate").ended(65)
    assert "data/train.jsonl: +61 more\n" in said.out
    assert "100 errors, 1 warning in 1 manifest and 1 of 1 datasets (112 rows)" in said.out
    assert "data/train.jsonl: +61 more\n" in demo.run("plan").ended(65).err
    assert demo.run("validate", "--json").ended(65).json["further"] == {"data/train.jsonl": 60}


def test_reports_hold_more_than_a_person_reads(
    demo: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand problems of a file; what is beyond is counted where the format has a place."""
    demo.write("data/train.jsonl", dataset(12) + NO_ROLE * 100)
    said = demo.run("validate", "--format", "gitlab").ended(65).json
    assert [each["check_name"] for each in said] == ["missing-role"] * 100 + ["duplicate-rows"]
    monkeypatch.setattr(report, "KEPT", 90)
    (run,) = demo.run("validate", "--format", "sarif").ended(65).json["runs"]
    (noted,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (len(run["results"]), noted["message"]["text"]) == (91, "+10 more in this file")
    last = demo.run("validate", "--format", "gitlab").ended(65).json[-1]
    assert (last["severity"], last["description"]) == ("info", "+10 more in this file")
    out = demo.run("validate", "--format", "junit").ended(65).out
    assert "<system-out>+10 more in this file</system-out>" in out
    xmlschema.XMLSchema(DATA / "junit.xsd").validate(out)
    jsonschema.Draft4Validator(schema("sarif-schema-2.1.0.json")).validate({**SARIF, "runs": [run]})


def test_warnings_stand_beside_the_plan(demo: Project) -> None:
    """As `validate` says them, whether the file is read or remembered; a page has their number."""
    demo.write("data/train.jsonl", dataset(12) + SAME * 2)
    warning = next(line for line in demo.run("validate").ended(0).out.splitlines())
    assert warning.startswith("data/train.jsonl:14:1: warning: ")
    for command in ("plan", "apply --yes", "plan", "apply --yes"):
        said = demo.run(*command.split()).ended(0)
        assert said.err.startswith(f"{warning}\n"), said.err
        assert warning not in said.out
    counted = [{"file": "data/train.jsonl", "count": 1}]
    assert demo.run("plan", "--json").ended(0).json["data_warnings"] == counted
    page = demo.run("plan", "--format", "markdown").ended(0)
    assert "\nData: 1 warning in 1 file; `reconciler validate` tells them.\n" in page.out
    assert page.err.startswith(f"{warning}\n")
    assert "s3cret" not in page.all


@pytest.mark.parametrize("names", [("-f", "ml/reconciler.yaml"), ("-C", "ml")])
def test_every_file_is_named_so_that_it_can_be_opened(
    demo: Project, names: tuple[str, str]
) -> None:
    """From where the command runs; in the formats of CI from the folder of its checkout on."""
    demo.write("ml/data/x.jsonl", dataset(12) + NO_ROLE)
    demo.write("ml/reconciler.yaml", "version: 1\nproject: x\nfiles: {x: {path: data/x.jsonl}}\n")
    here = "" if names[0] == "-C" else "ml/"
    said = demo.run(*names, "validate").ended(65)
    assert said.out.startswith(f"{here}data/x.jsonl:13:15: error: ")
    (problem,) = demo.run(*names, "validate", "--json").ended(65).json["problems"]
    assert problem["file"] == f"{here}data/x.jsonl"
    checkout, validate = {"CI_PROJECT_DIR": str(demo.root)}, (*names, "validate", "--format")
    (entry,) = demo.run(*validate, "gitlab", **checkout).ended(65).json
    assert entry["location"]["path"] == "ml/data/x.jsonl"
    (run,) = demo.run(*validate, "sarif", **checkout).ended(65).json["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "ml/data/x.jsonl"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(demo.root)}
    assert "::error file=ml/data/x.jsonl,line=13" in demo.run(*validate, "github", **github).out
    assert "::error file=ml/data/x.jsonl,line=13" in demo.run(*names, "plan", **github).err
