"""`import`: what was made by hand comes into the manifest, and the plan leaves it as it is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openai import DefaultHttpxClient, OpenAI

from reconciler.cli.verbs.import_draft import Draft
from reconciler.core.address import Address
from reconciler.kinds import BY_NAME
from reconciler.manifest import load
from tests.support.cli import MODEL, Project, Sandbox, dataset

HEAD = """\
project: demo   # ours

# what is declared
files:
  train: {path: data/train.jsonl}   # by hand
"""


@pytest.fixture
def sdk(box: Sandbox) -> Iterator[OpenAI]:
    """The official client at the same simulator, in the hands of somebody else."""
    client = DefaultHttpxClient(verify=False)  # reading certificates takes most of its time
    with OpenAI(
        api_key="theirs", base_url=box.server.base_url, max_retries=0, http_client=client
    ) as one:
        yield one


@pytest.fixture
def hand(served: Project) -> Project:
    """A manifest with comments, and nothing that its jobs made."""
    provider = "provider: {kind: compatible}\n"
    served.write("reconciler.yaml", HEAD + provider)
    return served


def upload(sdk: OpenAI, name: str = "Théirs v1.jsonl", thing: str = "parcel") -> str:
    """A dataset that somebody uploads."""
    made = sdk.files.create(file=(name, dataset(12, thing).encode()), purpose="fine-tune")
    return str(made.id)


def train(sdk: OpenAI, file: str, **more: Any) -> str:
    """A job that somebody starts."""
    return str(sdk.fine_tuning.jobs.create(model=MODEL, training_file=file, **more).id)


def in_sync(project: Project) -> None:
    """The plan adopts for nothing; once applied, nothing is to do."""
    said = project.run("plan").ended(0)
    quiet = ("Plan: nothing to do", "Plan: 0 to create, 0 to replace, 0 to delete, ")
    assert any(words in said.out for words in quiet)
    project.run("apply", "--yes").ended(0)
    assert "Plan: nothing to do" in project.run("plan").ended(0).out


def test_a_job_made_by_hand(hand: Project, box: Sandbox, sdk: OpenAI) -> None:
    """Made with the official SDK: it gets an entry, and so does its data; all is in sync."""
    hand.run("apply", "--yes").ended(0)
    method: Any = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}
    job = train(sdk, upload(sdk), suffix="theirs", seed=3, method=method, metadata={"team": "no"})
    writes = box.writes()
    said = hand.run("import", "jobs.support", job).ended(0)
    assert "next: reconciler plan" in said.err
    text = hand.read("reconciler.yaml")
    assert text.startswith(HEAD.rstrip("\n") + "\n  th-irs-v1: {path: data/th-irs-v1.jsonl}\n")
    assert hand.read("data/th-irs-v1.jsonl") == dataset(12, "parcel")
    entry = loaded(hand).said("jobs", "support")
    assert (entry["suffix"], entry["seed"], entry["metadata"]) == ("theirs", 3, {"team": "no"})
    in_sync(hand)
    assert box.writes() == writes
    assert hand.record("jobs.support")["id"] == job


def loaded(project: Project) -> Any:
    """The manifest as a value."""
    specs = {name: kind.spec for name, kind in BY_NAME.items()}
    return load(project.root / "reconciler.yaml", specs)


def test_its_life_goes_on(hand: Project, box: Sandbox, sdk: OpenAI) -> None:
    """Renamed with `moved`, also after the state was lost; then removed and kept: forgotten."""
    hand.run("apply", "--yes").ended(0)
    job = train(sdk, upload(sdk), suffix="theirs")
    hand.run("import", "jobs.support", job).ended(0)
    hand.run("apply", "--yes").ended(0)
    text = hand.read("reconciler.yaml").replace("support", "helper")
    hand.write("reconciler.yaml", text + "moved: [{from: jobs.support, to: jobs.helper}]\n")
    in_sync(hand)
    hand.lose_state()
    in_sync(hand)
    writes = box.writes()
    kept = HEAD + "provider: {kind: compatible}\nremoved: [{address: jobs.helper, keep: true}]\n"
    hand.write("reconciler.yaml", kept)
    said = hand.run("plan").ended(0)
    assert ". jobs.helper      forget" in said.out
    hand.run("apply", "--yes").ended(0)
    assert box.writes() == writes
    assert "nothing to do" in hand.run("plan").ended(0).out


def test_ours_is_renamed(served: Project, box: Sandbox) -> None:
    """A job that we made: `moved` keeps it, also after the state was lost; `removed` lets it go."""
    served.run("apply", "--yes", "--wait").ended(0)
    writes = box.writes()
    bot = served.manifest["jobs"]["bot"]
    served.save(jobs={"helper": bot}, moved=[{"from": "jobs.bot", "to": "jobs.helper"}])
    in_sync(served)
    served.lose_state()
    in_sync(served)
    served.save(jobs={}, moved=[], removed=[{"address": "jobs.helper", "keep": True}])
    assert ". jobs.helper  forget" in served.run("plan").ended(0).out
    served.run("apply", "--yes").ended(0)
    assert "nothing to do" in served.run("plan").ended(0).out
    assert box.writes() == writes


def test_what_is_declared_is_compared(hand: Project, sdk: OpenAI) -> None:
    """Field by field; where nothing differs only the binding is written."""
    job = train(sdk, upload(sdk), suffix="theirs", seed=3)
    entry = f"jobs: {{mine: {{model: {MODEL}, training_file: train, seed: 4, suffix: ours}}}}\n"
    before = hand.read("reconciler.yaml") + entry
    hand.write("reconciler.yaml", before)
    assert hand.run("import", "jobs.mine", job, "--dry-run").ended(3).err
    error = hand.run("import", "jobs.mine", job).ended(3).error
    assert error["what"] == f"refused: {job} is not imported as jobs.mine"
    assert "the manifest → what is live: seed 4 → 3, suffix ours → theirs, " in error["why"]
    assert hand.read("reconciler.yaml") == before
    before = before.replace("seed: 4", "seed: 3").replace("ours}", "theirs}")
    hand.write("reconciler.yaml", before)
    error = hand.run("import", "jobs.mine", job).ended(3).error
    assert "training_file files.train → file-" in error["why"]
    hand.write("data/train.jsonl", dataset(12, "parcel"))
    hand.run("import", "jobs.mine", job).ended(0)
    assert hand.read("reconciler.yaml") == f"{before}import:\n  - {{to: jobs.mine, id: {job}}}\n"
    hand.run("import", "jobs.mine", job).ended(0)
    in_sync(hand)


def test_other_data_of_the_same_size(hand: Project, sdk: OpenAI) -> None:
    """A file's content is read and compared, as its size tells nothing."""
    file = upload(sdk, thing="ordex")
    job, jobs = train(sdk, file), f"jobs: {{mine: {{model: {MODEL}, training_file: train}}}}\n"
    hand.write("reconciler.yaml", hand.read("reconciler.yaml") + jobs)
    for address, id_ in (("files.train", file), ("jobs.mine", job)):
        error = hand.run("import", address, id_).ended(3).error
        assert error["what"] == f"refused: {file} is not files.train"
        assert "its content differs: sha256 " in error["why"]
    hand.write("data/train.jsonl", dataset(12, "ordex"))
    assert "→ files.train" in hand.run("import", "files.train", file).ended(0).out
    assert "→ jobs.mine" in hand.run("import", "jobs.mine", job).ended(0).out
    in_sync(hand)


def test_everything(hand: Project, box: Sandbox, sdk: OpenAI) -> None:
    """What is of nobody gets names that are free; what cannot have an entry is named, and why."""
    hand.run("apply", "--yes").ended(0)
    first, second = upload(sdk, "train.jsonl"), upload(sdk, "train.jsonl", "thing")
    jobs = [train(sdk, first, suffix="a"), train(sdk, second, suffix="a"), train(sdk, second)]
    sdk.files.create(file=("bad.jsonl", b'{"messages": 1}\n'), purpose="fine-tune")
    gone = upload(sdk, "gone.jsonl")
    lost = train(sdk, gone)
    sdk.files.delete(gone)
    text = hand.read("reconciler.yaml")
    dry = hand.run("import", "--all", "--dry-run").ended(0)
    assert hand.read("reconciler.yaml") == text
    assert "+  train-2: {path: data/train-2.jsonl}\n" in dry.out
    said = hand.run("import", "--all").ended(0)
    assert f"· {lost}  left out: {gone}, which {lost} reads, is gone" in said.out
    assert "no file that a manifest can declare" not in said.out  # results of jobs
    assert re.search(r"· file-\w+  left out: .*role|· file-\w+  left out: ", said.out)
    assert sorted(path.name for path in (hand.root / "data").iterdir()) == [
        "train-2.jsonl",
        "train-3.jsonl",
        "train.jsonl",
    ]
    manifest = loaded(hand)
    assert {*manifest.entries["files"]} == {"train", "train-2", "train-3"}
    assert {one.id for one in manifest.imports} == {first, second, *jobs}
    assert {"a", "a-2"} < {*manifest.entries["jobs"]}
    assert "Import: nothing to do" in hand.run("import", "--all").ended(0).out
    error = hand.run("import", "jobs.other", jobs[0]).ended(3).error
    assert f"refused: {jobs[0]} is bound to jobs.a" in error["what"]
    in_sync(hand)


def test_what_is_not_for_us(hand: Project, sdk: OpenAI) -> None:
    """Another owner's is never taken; ours needs no import; what is not there is not found."""
    other = hand.beside("other")
    other.save(project="other", provider={"kind": "compatible"})
    other.run("apply", "--yes").ended(0)
    records = json.loads(other.read("state/other.json"))["records"]
    file, job = records["files.train"]["id"], records["jobs.bot"]["id"]
    for address, id_ in (("files.x", file), ("jobs.x", job)):
        error = hand.run("import", address, id_).ended(3).error
        assert error["what"] == f"refused: {id_} is of another owner: other"
    assert "Import: nothing to do" in hand.run("import", "--all").ended(0).out
    hand.run("apply", "--yes").ended(0)
    mine = hand.record("files.train")["id"]
    assert "it needs no import" in hand.run("import", "files.y", mine).ended(3).err
    assert "none of the jobs" in hand.run("import", "jobs.x", upload(sdk)).ended(64).err
    assert "reconciler unmanaged" in hand.run("import", "files.x", "file-no").ended(1).err
    mine_too = train(sdk, upload(sdk))
    assert "--path" in hand.run("import", "jobs.x", mine_too, "--path", "x").ended(64).err
    assert "ADDR and ID" in hand.run("import", "files.x").ended(64).err


def test_an_environment_has_its_own(hand: Project, sdk: OpenAI) -> None:
    """What is live at one endpoint is bound and declared for that environment alone."""
    first, second = upload(sdk, "one.jsonl"), upload(sdk, "two.jsonl", "thing")
    shared = HEAD + f"import: [{{to: files.train, id: {first}}}]\n"
    hand.write("data/train.jsonl", dataset(12, "parcel"))
    more = "environments:\n  dev: {}  # here\n  prod: {provider: {kind: compatible}}\n"
    hand.write("reconciler.yaml", f"{shared}provider: {{kind: compatible}}\n{more}")
    hand.run("import", "files.two", second, "--env", "dev").ended(0)
    text = hand.read("reconciler.yaml")
    assert text.startswith(shared)
    assert text.count(first) == text.count("\n  dev:  # here\n") + 1
    plan = hand.run("plan", "--env", "dev").ended(0).out
    assert "2 to adopt" in plan
    assert "1 to adopt" in hand.run("plan", "--env", "prod").ended(0).out


def test_defaults_do_not_reach_it(hand: Project, sdk: OpenAI) -> None:
    """What a job does not have is said where the defaults would give it one."""
    defaults = "defaults: {jobs: {suffix: ours, seed: 7}, files: {purpose: batch}}\n"
    mine = hand.read("reconciler.yaml").replace("train.jsonl}", "train.jsonl, purpose: fine-tune}")
    hand.write("reconciler.yaml", mine + defaults)
    hand.run("apply", "--yes").ended(0)
    hand.run("import", "jobs.plain", train(sdk, upload(sdk))).ended(0)
    entry = loaded(hand).entries["jobs"]["plain"]
    assert entry.suffix is None
    assert entry.seed not in (None, 7)
    in_sync(hand)


def test_where_data_goes(hand: Project, sdk: OpenAI) -> None:
    """Below the manifest, where nothing is overwritten; your own copy does as well."""
    file = upload(sdk, "mine.jsonl")
    for place, why in (("../x", "outside"), (".git", "is inside .git")):
        assert why in hand.run("import", "files.mine", file, "--into", place, "--dry-run").err
        assert why in hand.run("import", "files.mine", file, "--path", f"{place}/b").ended(3).err
    error = hand.run("import", "files.mine", file, "--path", "data/train.jsonl").ended(3).err
    assert "refused: data/train.jsonl is not the content of file-" in error
    hand.write("mine/copy.jsonl", dataset(12, "parcel"))
    hand.run("import", "files.mine", file, "--path", "mine/copy.jsonl").ended(0)
    assert "mine: {path: mine/copy.jsonl}" in hand.read("reconciler.yaml")
    assert not (hand.root / "data/mine.jsonl").exists()
    other = upload(sdk, "train.jsonl", "other")
    hand.run("import", "files.other", other, "--into", "new/\x1b[31m\u2028").ended(0)
    assert hand.read("new/\x1b[31m\u2028/other.jsonl") == dataset(12, "other")
    assert "2 to adopt" in hand.run("plan").ended(0).out


def test_an_endpoint_that_gives_no_content(hand: Project, box: Sandbox, sdk: OpenAI) -> None:
    """Your own copy is needed, and only its size can be compared."""
    hand.run("apply", "--yes").ended(0)
    file = upload(sdk, "mine.jsonl")
    box.fault("denied", method="GET", path=f"/v1/files/{file}/content")
    before = hand.read("reconciler.yaml")
    error = hand.run("import", "files.mine", file).ended(3).error
    assert error["what"] == f"refused: the endpoint does not give the content of {file}"
    assert hand.read("reconciler.yaml") == before
    hand.write("data/mine.jsonl", dataset(12, "parcel"))
    hand.run("import", "files.mine", file).ended(0)
    in_sync(hand)


def test_many_of_one_name(
    hand: Project, box: Sandbox, sdk: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a number of its own, and no name is tried again that was found taken."""
    tried: list[Address] = []
    has = Draft.has

    def seen(draft: Draft, address: Address) -> bool:
        tried.append(address)
        return has(draft, address)

    monkeypatch.setattr(Draft, "has", seen)
    for number in range(12):
        upload(sdk, "theirs.jsonl", f"parcel-{number}")
    hand.run("apply", "--yes").ended(0)
    said = hand.run("import", "--all", "--dry-run", "--json").ended(0)
    numbered = [f"theirs-{number}" for number in range(2, 13)]
    assert [*said.json["entries"]["files"]] == ["theirs", *numbered]
    assert len(tried) < 3 * 12
