"""Jobs of a workflow, run as GitHub's runner does: each `run` by bash, with its environment."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support import canary
from tests.support.cli import CODE, Project

EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
INSTALLS = "pip install"


@dataclass
class Runner:
    """One job after another, in the folder of a project.

    Attributes:
        environ: what the runner itself sets.
        values: what each expression is, such as `secrets.OPENAI_API_KEY`; others are empty.
        log: what the steps said.
    """

    project: Project
    environ: Mapping[str, str]
    values: dict[str, str]
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def job(self, steps: list[dict[str, Any]]) -> int:
        """Every step that runs a command, to the first that fails; `if` steps run all the same.

        Returns the exit code of the first that failed.
        """
        failed = 0
        for step in steps:
            if INSTALLS in step.get("run", INSTALLS) or (failed and "cancelled" not in str(step)):
                continue
            code = self.step(step)
            failed = failed or code
        return failed

    def step(self, step: Mapping[str, Any]) -> int:
        """One step; its outputs are expressions for those after it."""
        path = self.project.write(".output", "")
        environ = {name: self.resolved(str(value)) for name, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.project.root,
            env=self.surroundings(path) | environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.log += done.stdout + done.stderr
        canary.said.append((step.get("name", "step"), done.stdout + done.stderr))
        self.outputs = dict(line.split("=", 1) for line in path.read_text().splitlines())
        for name, value in self.outputs.items():
            self.values[f"steps.{step.get('id')}.outputs.{name}"] = value
        return done.returncode

    def resolved(self, text: str) -> str:
        """The text with its expressions replaced; `a || b` is the first that is not empty."""

        def value(found: re.Match[str]) -> str:
            terms = found[1].split(" || ")
            return next((v for term in terms if (v := self.values.get(term, ""))), "")

        return EXPRESSION.sub(value, text)

    def surroundings(self, output: Path) -> dict[str, str]:
        """What a step finds: no key of the outside, the command on its path."""
        tools = Path(sys.executable).parent
        kept = {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME") if name in os.environ}
        return {
            **kept,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(CODE),
            "RECONCILER_TOKENS": "estimate",
            **self.environ,
            "GITHUB_OUTPUT": str(output),
        }


def jobs(text: str) -> dict[str, list[dict[str, Any]]]:
    """Job → its steps; one without an environment of its own has an empty one."""
    document = yaml.safe_load(text)
    return {
        name: [{"env": {}, **step} for step in job["steps"]]
        for name, job in document["jobs"].items()
    }
