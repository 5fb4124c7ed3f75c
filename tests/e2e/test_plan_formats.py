"""One plan, told as text, as JSON and as a page for a pull request."""

import json
import re

from tests.support.cli import Project, dataset


def test_a_page_for_a_pull_request(demo: Project) -> None:
    """It carries the digest that `--json` tells, the commit and the run, and applies by it."""
    ci = {
        "CI": "true", "GITHUB_SHA": "3ab1f20" * 5, "GITHUB_RUN_ID": "88",
        "GITHUB_REPOSITORY": "acme/bots",
    }  # fmt: skip
    digest = json.loads(demo.run("plan", "--json").ended(0).out)["digest"]
    page = demo.run("plan", "--format", "markdown", **ci).ended(0).out
    assert page.startswith(
        f"<!-- reconciler:plan v1 project=demo digest={digest} truncated=0 -->\n"
    )
    assert "### demo: 2 to create, 0 to replace, 0 to delete · **≈ \\$0.01 (simulated)**" in page
    assert "commit `3ab1f20` · [run](https://github.com/acme/bots/actions/runs/88)" in page
    (apply,) = re.findall(r"`reconciler (apply --expect [0-9a-f]+)`", page)
    demo.run(*apply.split(), "--wait").ended(0)
    demo.write("data/train.jsonl", dataset(12, "other"))
    page = demo.run("plan", "--format", "markdown").ended(0).out
    assert "> `jobs.bot` will be **trained again**: its training data changed" in page
    assert re.search(r"^- sha256 +[0-9a-f]{8}$", page, re.MULTILINE)


def test_json_has_two_names(demo: Project) -> None:
    """They are one; together with another format they are a mistake."""
    by_flag = json.loads(demo.run("plan", "--json").ended(0).out)
    assert json.loads(demo.run("plan", "--format", "json").ended(0).out) == by_flag
    said = demo.run("plan", "--json", "--format", "markdown").ended(64)
    assert "--json is short for --format json" in said.out + said.err
