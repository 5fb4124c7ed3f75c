"""`why`: from a model back to the bytes that it was trained on, by state and by markers."""

import re
from typing import Any

import pytest

from reconciler.core.lineage import Answer, Data, Lineage, Training
from reconciler.render.lineage_card import card
from reconciler.render.lineage_mermaid import diagram
from reconciler.render.lineage_text import lost_words
from tests.support.cli import MODEL, Project, Sandbox, dataset

CI = {
    "GITHUB_ACTOR": "anna", "GITHUB_SHA": "3ab1f20" * 5, "GITHUB_RUN_ID": "88",
    "GITHUB_REPOSITORY": "acme/bots",
}  # fmt: skip
CHECK = {"messages": [{"role": "user", "content": "Order 7?"}], "expect": {"contains": "tracking"}}
LISTS = {"GET /v1/files": 1, "GET /v1/fine_tuning/jobs": 1, "GET /v1/models": 1}
LEARNT = {"GET /v1/fine_tuning/jobs/{id}/checkpoints": 1, "GET /v1/files/{id}/content": 1}


@pytest.fixture
def made(served: Project) -> Project:
    """A job of two files, whose model passed its check and is in use."""
    served.write("data/valid.jsonl", dataset(5, "parcel"))
    files = {name: {"path": f"data/{name}.jsonl"} for name in ("train", "valid")}
    job = {"model": MODEL, "training_file": "train", "validation_file": "valid", "seed": 7}
    models = {"prod": {"job": "bot", "checks": [CHECK]}}
    outputs = {"file": "models.json"}
    served.save(
        files=files, jobs={"bot": job}, models=models, outputs=outputs, prices={MODEL: 5000}
    )
    served.run("apply", "--yes", "--wait", **CI).ended(0)
    return served


def model(project: Project) -> str:
    """What the alias points at."""
    return str(project.state["aliases"]["models.prod"]["model"])


def told(project: Project, target: str) -> Any:
    """The one model of a target, as JSON; its schema is judged with it."""
    (one,) = project.run("why", target, "--json").ended(0).json["models"]
    return one


def test_the_whole_story(made: Project) -> None:
    """Alias, checks, cost, commit, account, run, data: the same by whatever it is asked for."""
    name, job = model(made), made.record("jobs.bot")
    out = made.run("why", "models.prod").ended(0).out
    assert out.startswith(f"model  {name}\n├─ alias   models.prod since 20")
    assert "1 of 1 checks passed, by anna, commit 3ab1f20\n" in out
    assert re.search(rf"└─ job     jobs.bot  {job['id']}  attempt 1.1  succeeded .*  \$", out)
    assert "commit  3ab1f20, by anna, https://github.com/acme/bots/actions/runs/88\n" in out
    assert "12 rows, 1.6 KB\n" in out
    assert "not recorded" not in out
    one = told(made, "models.prod")
    for target in ("prod", name, "jobs.bot", job["id"]):
        assert told(made, target) == one
    sha = made.record("files.train")["spec"]["sha256"]
    assert one["job"]["data"][0]["sha256"] == sha
    assert one["job"]["billed"]["high"] > 0
    assert {loss["metric"] for loss in one["losses"]} >= {"train_loss"}
    assert f"{name}  prod     jobs.bot  {sha[:8]}, " in made.run("why").ended(0).out


def test_from_the_bytes_to_the_models(made: Project) -> None:
    """Which models have seen these data: by file, id, or digest."""
    record = made.record("files.train")
    for target in ("files.train", record["id"], record["spec"]["sha256"][:8]):
        found = made.run("why", target, "--json").ended(0).json
        assert [one["model"] for one in found["models"]] == [model(made)]
    out = made.run("why", "files.train").ended(0).out
    assert out.startswith(f"file  files.train  {record['id']}  20")
    assert f"→ {model(made)}  models.prod\n" in out


def test_a_lost_state(made: Project, box: Sandbox) -> None:
    """All that markers carry is told, and what they do not is said; after an apply as well."""
    name, record = model(made), made.record("jobs.bot")
    sha = made.record("files.train")["spec"]["sha256"]
    made.lose_state()
    box.advance(3600)
    for _ in range(2):
        one = told(made, name)
        job = one["job"]
        assert (job["address"], job["attempt"]) == ("jobs.bot", "1.1")
        assert job["fingerprint"] == record["fingerprint"]
        assert job["data"][0]["sha256"][:32] == sha[:32]
        assert {"commit", "who"} <= {*job["unknown"]}
        assert job["why_unknown"] == "the state was lost"
        out = made.run("why", "prod").ended(0).out
        assert "models.json says so; " in out or one["uses"][0]["told_by"] is None
        assert re.search("commit, who.*: not recorded \\(the state was lost\\)\n", out)
        assert re.search("since when, by whom: not recorded", out)
        assert "- commit, who" in made.run("why", name, "--format", "card").ended(0).out
        made.run("apply", "--yes").ended(0)
    (made.root / "models.json").unlink()
    made.lose_state()
    said = made.run("why", "models.prod").ended(1)
    assert said.error["what"] == "what models.prod points at is not known"
    assert said.error["why"] == "the state was lost"


def test_it_asks_for_lists_and_one_result(made: Project, box: Sandbox) -> None:
    """Three lists, and two requests for what one model learnt; none for each object."""
    for lost in (False, True):
        for target, more in ((["prod"], LEARNT), ([], {}), (["files.train"], {})):
            before = box.requests()
            made.run("why", *target).ended(0)
            asked = {r: n - before.get(r, 0) for r, n in box.requests().items()}
            assert {route: n for route, n in asked.items() if n} == LISTS | more
        if not lost:
            made.lose_state()


def test_a_model_that_was_replaced(made: Project) -> None:
    """It keeps its commit, and has it again where it is adopted."""
    before, jobs = model(made), made.manifest["jobs"]
    made.save(jobs={"bot": jobs["bot"] | {"seed": 8}})
    made.run("apply", "--yes", "--wait", **CI | {"GITHUB_SHA": "9c0de99" * 5}).ended(0)
    one = told(made, before)
    assert one["job"]["made"]["commit"] == CI["GITHUB_SHA"]
    assert one["uses"][0]["is_current"] is False
    assert told(made, "jobs.bot")["job"]["made"]["commit"] == "9c0de99" * 5
    made.save(jobs=jobs)
    made.run("apply", "--yes").ended(0)
    assert made.record("jobs.bot")["facts"]["commit"] == CI["GITHUB_SHA"]


def test_checkpoints_and_diagrams(made: Project) -> None:
    """A checkpoint stands between its job and the model; each thing is drawn once."""
    saved = f"{model(made)}:ckpt-step-12"
    out = made.run("why", saved).ended(0).out
    assert f"checkpoint  saved at step 12 on the way to {model(made)}\n" in out
    drawn = made.run("why", saved, "--format", "mermaid").ended(0).out
    assert '["checkpoint<br/>step 12"]' in drawn
    lines = made.run("why", "--format", "mermaid").ended(0).out.splitlines()
    assert lines[0] == "flowchart LR"
    assert sum("-->|training_file|" in line for line in lines) == 1
    assert any(line.endswith('["models.prod"]') for line in lines)


def test_a_card(made: Project) -> None:
    """Of one model; digests and counts of the data, never a row."""
    text = made.run("why", "prod", "--format", "card").ended(0).out
    assert text.startswith(f'---\nbase_model: "{MODEL}"\n')
    for part in ("## Data", "## Training", "## Results", "## In use", "| 12 |", "`seed` | `7`"):
        assert part in text
    assert "tracking" not in text


@pytest.mark.parametrize(
    ("target", "code", "cure"),
    [
        ("models.prof", 64, "did you mean models.prod?"),
        ("jobs.bott", 64, "did you mean jobs.bot?"),
        ("prodd", 1, "did you mean prod?"),
        (MODEL, 1, "reconciler why lists the models"),
        ("\x1b[31mred", 1, "reconciler why lists the models"),
    ],
)
def test_what_nothing_is_known_of(made: Project, target: str, code: int, cure: str) -> None:
    """A guess where one is near, and never the text itself in control of a terminal."""
    said = made.run("why", target).ended(code)
    assert said.error["cure"].startswith(cure)
    assert "\x1b" not in said.all


def test_what_is_not_there_yet(served: Project) -> None:
    """Declared, and neither recorded nor live; no model at all is no mistake."""
    assert served.run("why", "jobs.bot").ended(1).error["cure"] == "reconciler apply"
    assert served.run("why").ended(0).out == "0 models\n"


def test_a_job_that_goes_on(served: Project, slow: Sandbox) -> None:
    """It has no model, and nothing is billed yet."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    out = served.run("why", "jobs.bot").ended(0).out
    assert out.startswith("job  jobs.bot  ftjob-")
    assert "not billed yet" in out
    assert told(served, "jobs.bot")["model"] is None
    said = served.run("why", "jobs.bot", "--format", "card").ended(64)
    assert said.error["what"] == "jobs.bot is of 0 models: a card is of one"


HOSTILE = (
    'x"]; click n0 "javascript:1"\n| `a` <img src=x> @everyone ![i](http://e.example/i)\x1b[2J'
)


def test_hostile_names_stay_text(made: Project) -> None:
    """In a diagram, a card and a tree, whoever wrote them: here the account of a CI system."""
    made.save(jobs={"bot": made.manifest["jobs"]["bot"] | {"seed": 8}})
    made.run("apply", "--yes", "--wait", **CI | {"GITHUB_ACTOR": HOSTILE}).ended(0)
    drawn = made.run("why", "prod", "--format", "mermaid").ended(0).out
    assert "x#34;]" in drawn
    assert not re.search(r'click n0 "|<img|`', drawn)
    text = made.run("why", "prod", "--format", "card").ended(0).out
    assert not re.search(r"<img|@everyone|!\[i\]\(|\x1b", text)
    tree = made.run("why", "prod").ended(0).out
    assert "\x1b" not in tree
    assert len([line for line in tree.splitlines() if "by x" in line]) == 2


def test_what_is_not_known_is_drawn_apart() -> None:
    """Two files without an id are two boxes; a base that nobody knows is none."""
    data = tuple(
        Data(f, sha256=d * 8) for f, d in (("training_file", "a"), ("validation_file", ""))
    )
    lineage = Lineage("ft:1", training=Training("job-1", data=data))
    drawn = diagram(Answer("", (lineage,)))
    assert drawn.count('[("file not recorded")]') == 2
    assert '["model"]' not in drawn
    text = card(lineage, owner="bots", simulated=False)
    assert "base_model" not in text
    assert "Fine-tuned by `bots` from a model that is not recorded." in text


def test_words_of_what_is_lost() -> None:
    """One line; nothing where all is known."""
    assert lost_words(("commit",), "the state was lost") == (
        "commit: not recorded (the state was lost)"
    )
    assert lost_words((), "x") == ""
