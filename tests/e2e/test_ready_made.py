"""The files for CI that can be copied: valid for their systems, and doing what they say."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from check_jsonschema.cli import main as check_jsonschema
from click.testing import CliRunner
from pre_commit.clientlib import load_manifest

from reconciler import __version__
from reconciler.cli.root import root
from tests.support.cli import Project

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
COMPONENT = ROOT / "templates/reconciler.yml"
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+")


@pytest.fixture
def github(demo: Project) -> list[Path]:
    """The workflows that `init` writes."""
    demo.run("init", "--ci", "github").ended(0)
    return sorted((demo.root / ".github/workflows").iterdir())


@pytest.fixture
def gitlab(demo: Project) -> Path:
    """The pipeline that `init` writes."""
    demo.run("init", "--ci", "gitlab").ended(0)
    return demo.root / ".gitlab-ci.yml"


def test_they_are_valid_for_their_systems(
    demo: Project, github: list[Path], gitlab: Path, tmp_path: Path
) -> None:
    """By the published schemas, and for the component without its header, by GitLab's."""
    component = tmp_path / "component.yml"
    component.write_text(COMPONENT.read_text().split("\n---\n")[1])
    gitlab_ci = ("--data-transform", "gitlab-ci")
    for schema, files, more in (
        ("github-workflows", github, ()),
        ("github-actions", [ACTION], ()),
        ("gitlab-ci", [gitlab, component], gitlab_ci),
    ):
        arguments = ["--builtin-schema", f"vendor.{schema}", *more, *map(str, files)]
        result = CliRunner().invoke(check_jsonschema, arguments)
        assert result.exit_code == 0, result.output
    header = yaml.safe_load(COMPONENT.read_text().split("\n---\n")[0])
    assert set(header["spec"]["inputs"]) >= {"stage", "manifest", "environment"}


def test_a_security_audit_finds_nothing(github: list[Path]) -> None:
    """No expression in a script, no unpinned action, no right that is not used."""
    program = str(Path(sys.executable).with_name("zizmor"))
    done = subprocess.run(
        [program, "--offline", "--no-progress", *map(str, github), str(ACTION)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for path in (*github, ACTION):
        for used in re.findall(r"uses: (.*)", path.read_text()):
            assert PINNED.fullmatch(used), used
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_the_hooks_are_hooks(demo: Project) -> None:
    """For pre-commit; and each finds what it is for, without a key."""
    hooks = {hook["id"]: hook for hook in load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))}
    assert set(hooks) == {"reconciler-fmt", "reconciler-validate"}
    for hook in hooks.values():
        demo.run(*hook["entry"].split()[1:], OPENAI_API_KEY="").ended(0)
        assert re.search(hook["files"], "bots/reconciler.yaml")
        assert re.search(hook["files"], "reconciler.d/bot.yaml")
        assert not re.search(hook["files"], "docs/reconciler.yaml.md")
    demo.save(jobs={"bot": {}})
    demo.run("validate").ended(65)


def test_every_command_of_them_is_one_of_ours(github: list[Path], gitlab: Path) -> None:
    """With options that it has; and the version is the one that wrote them."""
    texts = [path.read_text() for path in (*github, gitlab, ACTION, COMPONENT)]
    lines = [line for text in texts for line in re.findall(r"reconciler ((?!==)[a-z]+ .*)", text)]
    ours = ("plan", "apply", "comment", "validate")
    checked = [line for line in lines if line.split()[0] in ours]
    assert len(checked) >= 12
    for line in checked:
        name = line.split()[0]
        command = root.get_command(click.Context(root), name)
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", line)) <= known, line
    for path in (*github, gitlab):
        assert f'"finetune-reconciler[objectstore,postgres]=={__version__}"' in path.read_text()
        assert "VERSION" not in path.read_text()


SHIM = """\
#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
  plan*) shift $(($# - 1)); exit "$PLAN" ;;
  *--reviewed*) [ -n "$REVIEWED" ] && echo "$REVIEWED" || exit 3 ;;
  apply*) exit "$APPLY" ;;
esac
"""
"""Says what it was called with, and ends as it is told."""


def ran(tmp_path: Path, script: str, environ: dict[str, str]) -> tuple[int, list[str]]:
    """The exit code of a script, and the commands that it ran."""
    folder = tmp_path / "reconciler/bin"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reconciler").write_text(SHIM)
    (folder / "reconciler").chmod(0o755)
    log = tmp_path / "log"
    log.write_text("")
    usual = {"PATH": f"{folder}:/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "LOG": str(log),
             "PLAN": "0", "APPLY": "0", "REVIEWED": "d1"}  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=tmp_path, env=usual | environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, log.read_text().splitlines()


def action(tmp_path: Path, **given: str) -> tuple[int, list[str]]:
    """What the action's script runs, with its default inputs otherwise."""
    document = yaml.safe_load(ACTION.read_text())
    step = document["runs"]["steps"][-1]
    inputs = {name: each.get("default", "") for name, each in document["inputs"].items()}
    names = {
        name: re.sub(r".*inputs\.([\w-]+).*", r"\1", text) for name, text in step["env"].items()
    }
    environ = {name: inputs[of] for name, of in names.items()} | {"GITHUB_TOKEN": "t"}
    return ran(tmp_path, step["run"], environ | given)


def test_what_the_action_does(tmp_path: Path) -> None:
    """It plans and, where it is told to, comments; it applies what was reviewed and marks it."""
    page = tmp_path / "reconciler.md"
    plan = f"plan -f reconciler.yaml --page {page}"
    assert action(tmp_path, MODE="plan") == (0, [plan])
    assert action(tmp_path, MODE="plan", PLAN="3", COMMENT="auto") == (3, [plan])
    offline = action(tmp_path, MODE="plan", OFFLINE="true", ENVIRONMENT="prod")[1]
    assert offline == [f"plan -f reconciler.yaml --env prod --offline --page {page}"]
    applied = action(tmp_path, MODE="apply", APPLY="5", COMMENT="always")
    assert applied == (5, [
        "comment -f reconciler.yaml --github --reviewed",
        "apply -f reconciler.yaml --expect d1 --wait --deadline 5h",
        "comment -f reconciler.yaml --github --applied 5",
    ])  # fmt: skip
    assert action(tmp_path, MODE="apply", REVIEWED="")[0] == 3
    assert action(tmp_path, MODE="apply", DIGEST="d2")[1][0].endswith("d2 --wait --deadline 5h")
    assert action(tmp_path, MODE="destroy") == (64, [])


def test_what_the_pipeline_does(gitlab: Path, tmp_path: Path) -> None:
    """The same at GitLab; without a key it compares with the state alone."""
    jobs: dict[str, Any] = yaml.safe_load(gitlab.read_text())
    plan, apply = ("\n".join(jobs[f"reconciler {name}"]["script"]) for name in ("plan", "apply"))
    fork = {"OPENAI_API_KEY": "", "GITLAB_TOKEN": ""}
    files = "--page page.md --widget widget.json"
    assert ran(tmp_path, plan, fork) == (0, [f"plan --offline {files}"])
    (tmp_path / "page.md").touch()
    keyed = {"OPENAI_API_KEY": "k", "GITLAB_TOKEN": "t", "PLAN": "3"}
    assert ran(tmp_path, plan, keyed) == (3, [f"plan {files}", "comment page.md --when always"])
    assert ran(tmp_path, apply, {"APPLY": "6"}) == (6, [
        "comment --reviewed",
        "apply --expect d1 --wait --deadline 5h",
        "comment --applied 6",
    ])  # fmt: skip
    assert ran(tmp_path, apply, {"REVIEWED": ""}) == (3, ["comment --reviewed"])
    component = COMPONENT.read_text().split("\n---\n")[1]
    script = yaml.safe_load(component)["reconciler plan"]["script"][1]
    environ = fork | {"RECONCILER_MANIFEST": "a b.yaml", "RECONCILER_ENVIRONMENT": "prod"}
    told = ran(tmp_path, script, environ | {"AZURE_OPENAI_API_KEY": ""})[1]
    assert told == [f"plan -f a b.yaml --env prod --offline {files}"]


def test_init_writes_workflows_beside_a_manifest(demo: Project) -> None:
    """One that is there stays as it is, and so does every file of CI."""
    before = demo.read("reconciler.yaml")
    said = demo.run("init", "--ci", "github").ended(0)
    assert "Created .github/workflows/reconciler.yml" in said.out
    assert demo.read("reconciler.yaml") == before
    assert "is there already" in demo.run("init", "--ci", "github").ended(3).err
    demo.write(".gitlab-ci.yml", "stages: [test]\n")
    said = demo.run("init", "--ci", "gitlab").ended(0)
    assert "include: [{local: .gitlab/reconciler.yml}]" in said.err
    assert demo.read(".gitlab-ci.yml") == "stages: [test]\n"
    fresh = demo.root / "fresh"
    fresh.mkdir()
    said = demo.run("-C", str(fresh), "init", "--ci", "gitlab").ended(0)
    assert {path.name for path in fresh.iterdir()} >= {"reconciler.yaml", ".gitlab-ci.yml"}


INSTRUCTIONS = {"FROM", "COPY", "RUN", "ARG", "USER", "WORKDIR", "ENV", "ENTRYPOINT", "CMD"}


def test_the_image_is_made_of_this_package() -> None:
    """No daemon is here to build it: its stages, its Python and its names are those that exist."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    steps = [line.split(" ", 1) for line in text.replace("\\\n", "").splitlines() if line]
    assert {name for name, _ in steps} <= INSTRUCTIONS
    about: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    images = [said for name, said in steps if name == "FROM"]
    assert {f"Programming Language :: Python :: {re.findall('[0-9.]+', i)[0]}" for i in images} <= {
        *about["classifiers"]
    }
    stages = {said.split(" AS ")[1] for said in images if " AS " in said}
    assert {*re.findall(r"--from=(\w+)", text)} == stages
    (extras,) = re.findall(r"EXTRAS=(\S+)", text)
    assert {*extras.split(",")} <= about["optional-dependencies"].keys()
    (program,) = (json.loads(said) for name, said in steps if name == "ENTRYPOINT")
    assert {*program} <= about["scripts"].keys()
    kept = (ROOT / ".dockerignore").read_text()
    for needed in (about["readme"], *about["license-files"], "pyproject.toml", "reconciler"):
        assert f"!{needed}\n" in kept


def test_the_image_and_the_cron_job() -> None:
    """The image is made of what is there, by nobody; the job runs a command of ours in it."""
    docker = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER \d+$", docker, re.MULTILINE)
    kept = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert [name for name in kept if not (ROOT / name).exists()] == []
    document = yaml.safe_load((ROOT / "examples/kubernetes/cronjob.yaml").read_text())
    pod = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    command = root.get_command(click.Context(root), container["args"][0])
    assert command is not None
    command.make_context("apply", list(container["args"][1:]))
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["volumes"]}
    assert json.dumps(document).count("privileged") == 0
