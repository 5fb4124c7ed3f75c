"""The quickstart as a story: what a new user types, and what they read."""

import json

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset

PLANNED = """\
demo · sandbox · simulator · no state yet

  + files.train  create  new: 12 rows, 1.6 KB
  + jobs.bot     create  new: gpt-4.1-mini-2025-04-14                  ≈ $0.01 (simulated)

Plan: 2 to create, 0 to replace, 0 to delete · ≈ $0.01 (simulated)
  jobs.bot  ≈ 252 tokens × 3–9 epochs (auto) × $5.00/M (prices of 2026-05-07)
"""
IN_SYNC = "\nPlan: nothing to do · 1 file, 1 job in sync\n"


def test_the_first_plan(demo: Project) -> None:
    """The first plan says what is made of what, and names the next command."""
    said = demo.run("plan").ended(0)
    assert said.out == PLANNED
    assert said.err == "next: reconciler apply\n"
    assert not (demo.root / "state/demo.json").exists()


def test_validate_says_what_was_read(demo: Project) -> None:
    """A clean manifest is told in one line with its numbers."""
    said = demo.run("validate").ended(0)
    assert said.out == "Valid: 1 file, 1 job; 12 rows, 0 errors, 0 warnings\n"
    assert said.err == ""


def test_apply_trains_and_names_the_model(demo: Project) -> None:
    """Apply ends with the model and how to ask it."""
    said = demo.run("apply", "--yes", "--wait").ended(0)
    model = demo.record("jobs.bot")["facts"]["fine_tuned_model"]
    assert said.out.startswith(PLANNED)
    assert "Apply: 2 done in " in said.out
    assert said.out.endswith(f"\n  jobs.bot  succeeded  {model}\n")
    assert said.err.endswith('next: reconciler chat jobs.bot "…"\n')


def test_the_second_plan_has_nothing_to_do(demo: Project) -> None:
    """What is as declared is in sync, and apply changes nothing of the state."""
    demo.run("apply", "--yes", "--wait").ended(0)
    said = demo.run("plan", "--detailed-exitcode").ended(0)
    assert said.out.endswith(IN_SYNC)
    assert said.err == ""
    before = demo.read("state/demo.json")
    assert demo.run("apply").ended(0).out.endswith(IN_SYNC)
    assert demo.read("state/demo.json") == before


def test_the_model_answers_from_its_data(demo: Project) -> None:
    """The answer alone is on stdout; model, tokens and time pass on stderr."""
    demo.run("apply", "--yes", "--wait").ended(0)
    said = demo.run("chat", "jobs.bot", "Where is order 7?").ended(0)
    assert said.out == "The order 7 has tracking T7.\n"
    assert said.err.endswith("· simulator\n")
    piped = demo.run("chat", "jobs.bot", stdin="Where is order 3?\n").ended(0)
    assert piped.out == "The order 3 has tracking T3.\n"


def test_an_edit_trains_again_and_says_why(demo: Project) -> None:
    """A changed row replaces its file and the job that reads it, with the digests."""
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.write("data/train.jsonl", dataset(13))
    said = demo.run("plan", "--detailed-exitcode").ended(2)
    assert "± files.train  replace  content changed\n" in said.out
    assert "rows    12 → 13  +1 −0\n" in said.out
    assert "± jobs.bot     replace  its training data changed: trains again" in said.out
    assert "forces training\n" in said.out
    assert "stays as history, its model usable\n" in said.out
    assert "Plan: 0 to create, 2 to replace, 0 to delete · ≈ $0.01 (simulated)\n" in said.out


def test_a_setting_that_changes_is_named(demo: Project) -> None:
    """Each changed field has a line with its old and its new value."""
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.manifest["jobs"]["bot"] |= {"seed": 8, "suffix": "second"}
    demo.save()
    said = demo.run("plan").ended(0)
    assert "± jobs.bot  replace  seed, suffix changed: trains again" in said.out
    assert "seed      7 → 8  forces training\n" in said.out
    assert "suffix    unset → second  forces training\n" in said.out


def test_a_revert_finds_the_model_that_was_paid(demo: Project) -> None:
    """Going back to earlier data adopts the earlier job for nothing."""
    demo.run("apply", "--yes", "--wait").ended(0)
    first = demo.record("jobs.bot")["id"]
    demo.write("data/train.jsonl", dataset(13))
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.write("data/train.jsonl", dataset(12))
    said = demo.run("plan").ended(0)
    assert f"→ jobs.bot     adopt    already trained: {first}" in said.out
    assert "1 to adopt · $0\n" in said.out
    demo.run("apply", "--yes", "--wait").ended(0)
    assert demo.record("jobs.bot")["id"] == first
    assert demo.run("plan").ended(0).out.endswith(IN_SYNC)


def test_destroy_and_all_of_it_again(served: Project, box: Sandbox) -> None:
    """Twice in a row: destroy deletes the file, and the next apply finds the trained job."""
    for deletes in ("1 to delete", "0 to delete"):  # the second time no file was needed
        served.run("apply", "--yes", "--wait").ended(0)
        said = served.run("destroy", "--yes").ended(0)
        assert "forget  finished: it stays at the API as history\n" in said.out
        assert f"Plan: 0 to create, 0 to replace, {deletes}, 1 to forget · $0\n" in said.out
        assert served.state["records"] == {}
    assert len(box.made("jobs")) == 1
    kept = "Plan: nothing to do\n  kept: 1 model and 3 checkpoints"
    assert kept in served.run("destroy").ended(0).out


def test_a_lost_state_comes_back_from_the_markers(served: Project, box: Sandbox) -> None:
    """With the state gone, plan only adopts; apply uploads nothing and starts no job."""
    served.run("apply", "--yes", "--wait").ended(0)
    writes = box.writes()
    served.lose_state()
    said = served.run("plan").ended(0)
    assert said.out.count("adopt    ours by its marker; the state did not know it") == 0
    assert said.out.count("adopt  ours by its marker; the state did not know it") == 2
    assert "Plan: 0 to create, 0 to replace, 0 to delete, 2 to adopt · $0\n" in said.out
    served.run("apply", "--yes").ended(0)
    assert box.writes() == writes
    assert served.run("plan").ended(0).out.endswith(IN_SYNC)


def test_what_is_not_made_yet_has_a_status(demo: Project) -> None:
    """A declared job is never left out: what is not created, or not adopted, says so."""
    said = demo.run("status").ended(0)
    assert "  ADDRESS   STATUS\n  jobs.bot  not created\n" in said.out
    assert said.out.endswith("\n1 job: 1 not created\n")
    assert said.err == "next: reconciler plan\n"
    demo.run("apply", "--yes", "--wait").ended(0)
    demo.lose_state()
    assert "1 job: 1 not adopted\n" in demo.run("watch").ended(0).out


def test_the_sample_of_init_runs(demo: Project) -> None:
    """In an empty folder, init, apply and chat work as they stand in the help."""
    folder = demo.root.parent / "support-bots"
    folder.mkdir()
    said = demo.run("-C", str(folder), "init").ended(0)
    assert "Created data/support.jsonl" in said.out
    assert "project support-bots, provider sandbox (simulator)\n" in said.out
    assert said.err == f"next: reconciler apply -C {folder} --wait\n"
    assert demo.run("-C", str(folder), "validate").ended(0)
    demo.run("-C", str(folder), "apply", "--wait", "--yes").ended(0)
    answer = demo.run("-C", str(folder), "chat", "jobs.support-bot", "Where is my order?")
    assert "tracking link" in answer.ended(0).out


def test_init_finds_datasets_and_changes_none(demo: Project) -> None:
    """Datasets that are there are named, counted, and left as they are."""
    (demo.root / "reconciler.yaml").unlink()
    demo.write("data/valid.jsonl", dataset(10))
    before = demo.read("data/train.jsonl")
    said = demo.run("init").ended(0)
    assert "Found   data/train.jsonl         12 rows, chat, about 250 tokens\n" in said.out
    assert "Found   data/valid.jsonl         10 rows, chat\n" in said.out
    assert demo.read("data/train.jsonl") == before
    assert demo.run("validate").ended(0)
    again = demo.run("init").ended(3)
    assert again.err.startswith("error: reconciler.yaml is there already\n")


def test_init_writes_what_validates(demo: Project) -> None:
    """Whatever the folder and the files are called, and whatever method the data are for."""
    folder = demo.root / "2026"
    folder.mkdir()
    for name in ("a, b", "c: #d", "{e}", "${env:HOME}"):
        (folder / f"{name}.jsonl").write_text("".join(map(pair, range(12))), "utf-8")
    where = ("-C", str(folder), "-f", "o[th]er.yaml")
    said = demo.run(*where, "init").ended(0)
    options = f"-C {folder} -f 'o[th]er.yaml'"
    assert said.err == f"next: reconciler validate {options}, then reconciler plan {options}\n"
    assert demo.run(*where, "validate").ended(0).out.startswith("Valid: 4 files, 1 job; 48 rows")


def pair(number: int) -> str:
    """A row of preferences."""
    said = [[{"role": "assistant", "content": f"{word} {number}"}] for word in ("yes", "no")]
    asked = {"messages": [{"role": "user", "content": f"is it {number}?"}]}
    row = {"input": asked, "preferred_output": said[0], "non_preferred_output": said[1]}
    return json.dumps(row) + "\n"


def test_init_may_write_a_file_for_each_job(demo: Project) -> None:
    """The manifest includes it; what no job reads stays there, and all of it plans at once."""
    (demo.root / "reconciler.yaml").unlink()
    demo.write("data/test.jsonl", dataset(10, "parcel"))
    demo.write("data/zebras.jsonl", dataset(11, "zebra"))
    demo.write("moths.jsonl", dataset(11, "moth"))
    said = demo.run("init", "--split").ended(0)
    assert "Created reconciler.d/demo.yaml   the job and what it reads\n" in said.out
    assert "include: [reconciler.d/*.yaml]" in demo.read("reconciler.yaml")
    assert "train.jsonl" not in demo.read("reconciler.yaml")
    assert "zebras" not in demo.read("reconciler.d/demo.yaml")
    assert "Valid: 4 files, 1 job;" in demo.run("validate").ended(0).out
    assert "Plan: 5 to create" in demo.run("plan").ended(0).out
    assert demo.run("fmt", "--check").ended(0)
    (demo.root / "reconciler.yaml").unlink()
    again = demo.run("init", "--split").ended(3)
    assert again.error["what"] == "reconciler.d is there already"
    assert not (demo.root / "reconciler.yaml").exists()
    other = demo.run("init", "--split", "-f", "o[th]er.yaml", "--json").ended(0).json
    assert other["included"] == ["o-th-er.d/demo.yaml"]
    assert demo.run("validate", "-f", "o[th]er.yaml").ended(0)


@pytest.mark.parametrize("command", [("status",), ("files",), ("jobs",), ("models",)])
def test_looking_at_what_is_there(demo: Project, command: tuple[str, ...]) -> None:
    """Every table holds what was made."""
    demo.run("apply", "--yes", "--wait").ended(0)
    job = demo.record("jobs.bot")
    shown = {
        "status": "jobs.bot",
        "files": demo.record("files.train")["id"],
        "jobs": job["id"],
        "models": job["facts"]["fine_tuned_model"],
    }
    assert shown[command[0]] in demo.run(*command).ended(0).out


def test_show_has_three_ways(demo: Project) -> None:
    """A resource is shown as desired, recorded and observed."""
    demo.run("apply", "--yes", "--wait").ended(0)
    said = demo.run("show", "jobs.bot").ended(0)
    for way in ("  desired\n", "  recorded\n", "  observed\n"):
        assert way in said.out
    assert MODEL in said.out
    guess = demo.run("show", "jobs.bto").ended(64)
    assert "did you mean jobs.bot?" in guess.err


def test_events_of_a_job(demo: Project) -> None:
    """What happened to a job is told oldest first."""
    demo.run("apply", "--yes", "--wait").ended(0)
    told = demo.run("jobs", "events", "jobs.bot").ended(0).out.splitlines()
    assert "Created fine-tuning job" in told[0]
    assert "successfully completed" in told[-1]
    lines = demo.run("jobs", "events", "jobs.bot", "--json").ended(0).lines
    assert len(lines) == len(told)
    assert json.dumps(lines[0]).startswith('{"object"')


def test_a_file_comes_back_as_it_was(demo: Project) -> None:
    """The content of a live file goes to stdout byte for byte, and never over a file unasked."""
    demo.run("apply", "--yes", "--wait").ended(0)
    assert demo.process("files", "content", "files.train").ended(0).out == dataset()
    demo.write("mine.jsonl", "mine")
    said = demo.run("files", "content", "files.train", "-o", "mine.jsonl")
    assert said.code != 0
    assert demo.read("mine.jsonl") == "mine"
