"""The ways by which words of a manifest, data, names, variables and stores reach an output."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import click

from tests.reliability.stage import Attacks, Shown, Stage, can_be_typed, each_way, tried
from tests.support.cli import MODEL, dataset, example
from tests.support.commands import EVERY, found
from tests.support.sealed import reseal


def names(stage: Stage, attacks: Attacks) -> Shown:
    """Keys and names that no manifest may have, and addresses."""
    for text in attacks:
        made = stage.project()
        made.save(
            **{text: 1}, project=text, files={text: {"path": text, text: text}},
            jobs={"bot": {"model": MODEL, "training_file": text, text: 1, "matrix": {text: [0]}}},
            moved=[{"from": text, "to": text}], removed=[{"address": text}], include=[text],
            environments={text: {text: text}}, default_env=text, vars={text: "${var:" + text + "}"},
        )  # fmt: skip
        yield from each_way(made, "validate")
        for reported in ("github", "gitlab", "sarif", "junit"):
            yield tried(made, "validate", "--format", reported)
        made.write(
            "reconciler.yaml", f"{text}: &{text} !{text} *{text}\n".encode("utf-8", "replace")
        )
        yield from each_way(made, "plan")
        for reported in ("github", "gitlab", "sarif", "junit"):
            yield tried(made, "validate", "--format", reported)


MORE = (("graph", "--format", "mermaid"), ("graph", "--format", "dot"), ("apply", "--yes"))
"""What else shows the words of a manifest."""


def values(stage: Stage, attacks: Attacks) -> Shown:
    """What a manifest may say, in a plan and in what is shown of it."""
    for text in attacks:
        made = stage.project()
        bot = {
            "model": f"m{text}",
            "training_file": "train",
            "suffix": text[:18],
            "extra": {f"x{text}": text},
        }
        made.save(jobs={"bot": bot | {"metadata": {text[:64]: text}}})
        for command in (("validate",), ("plan",), ("show", "jobs.bot"), ("graph",), *MORE):
            yield tried(made, *command)
        yield tried(made, "--json", "plan")


def rows(stage: Stage, attacks: Attacks) -> Shown:
    """Keys and roles in datasets, and lines that are none."""
    lines = [json.dumps({text: text, **example("a", 1)}) for text in attacks]
    lines += [
        json.dumps({"messages": [{"role": text, "content": text, text: 1}]}) for text in attacks
    ]
    lines += [json.dumps({"messages": text}) + text.replace("\n", "") for text in attacks]
    for start in range(0, len(lines), 30):
        made = stage.project()
        text = "\n".join(lines[start : start + 30])
        made.write("data/train.jsonl", text.encode("utf-8", "replace"))
        yield from each_way(made, "validate")
        for reported in ("github", "gitlab", "sarif", "junit"):
            yield tried(made, "validate", "--format", reported)


def file_names(stage: Stage, attacks: Attacks) -> Shown:
    """Names of datasets, of folders and of the manifest itself."""
    for text in attacks:
        name = text.replace("/", "\u2215").replace("\0", "")[:80] or "x"
        made = stage.project()
        try:
            made.write(f"{name}.jsonl", '{"messages": [}\n{}\n')
            made.write(f"{name}/a.jsonl", dataset(11))
        except (OSError, UnicodeError):
            continue  # no file system has such a name
        made.save(files={"train": {"path": f"{name}.jsonl"}, "other": {"path": f"{name}/a.jsonl"}})
        yield from each_way(made, "validate")
        for reported in ("github", "gitlab", "sarif", "junit"):
            yield tried(made, "validate", "--format", reported)
        yield tried(made, "files", "upload", f"{name}.jsonl")
        yield tried(made, "files", "content", "file-1", "-o", f"{name}/a.jsonl")
        made.write(f"{name}.yaml", "a: [")
        yield from each_way(made, "plan", "-f", f"{name}.yaml")
        yield tried(made, "init", "-f", f"{name}/new.yaml")
        yield tried(made, "init", "-f", f"{name}.yaml")


def variables(stage: Stage, attacks: Attacks) -> Shown:
    """Variables that the commands read."""
    read = ("RECONCILER_VAR_A", "RECONCILER_STATE", "RECONCILER_SANDBOX_PACE", "OPENAI_BASE_URL",
             "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "CI_JOB_URL", "LOGNAME",
             "RECONCILER_ALLOWED_HOSTS", "HTTPS_PROXY", "XDG_CACHE_HOME", "CI")  # fmt: skip
    for text in attacks:
        told = text.replace("\0", "").encode("utf-8", "ignore").decode()
        made = stage.project(vars={"a": "${env:RECONCILER_VAR_A:-x}"})
        made.save(jobs={"bot": {"model": "m${var:a}", "training_file": "train"}})
        for name in read:
            yield tried(made, "apply", "--yes", **{name: told})
        made.save(provider={"kind": "compatible", "base_url": "http://127.0.0.1:9/v1"})
        for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_BASE_URL"):
            yield from each_way(made, "files", **({"OPENAI_API_KEY": "sk-a"} | {name: told}))


TYPED = ("{}", "--{}", "plan --{}", "show jobs.{}", "state mv {} {}", "-C {} plan", "plan -f {}",
         "--env {} plan", "--json {}", "chat jobs.{} hi", "models delete {} -y")  # fmt: skip
"""Where a text may stand, beside being the value of each argument and option of every command."""

NOT_TYPED = frozenset({("serve", "host"), ("serve", "store"), ("serve", "port")})
"""What would look for a host, or serve for good."""


def arguments(stage: Stage, attacks: Attacks) -> Shown:
    """Words that were typed, or that a script put together, to any command."""
    made = stage.project()
    for text in filter(can_be_typed, attacks):
        for form in TYPED:
            yield tried(made, *(part.replace("{}", text) for part in form.split()))
        for path in EVERY:
            for typed in _values(path, text):
                yield tried(made, *path, *typed)


def _values(path: tuple[str, ...], text: str) -> Iterator[list[str]]:
    """The text as each argument and each option of a command; what else it needs is a word."""
    params = [
        p for p in found(path).params if p.expose_value and (path[-1], p.name) not in NOT_TYPED
    ]
    needed = [p for p in params if isinstance(p, click.Argument)]
    if needed:
        yield [text for _ in needed]
    for option in params:
        if isinstance(option, click.Option) and not option.is_flag:
            yield [*("x" for argument in needed if argument.required), option.opts[0], text]


def stored(stage: Stage, attacks: Attacks) -> Shown:
    """A state with a right checksum and wrong words, as somebody else may have committed it."""
    commands = ("state", "plan", "status", "show jobs.bot", "show", "models", "chat jobs.bot hi",
                "graph", "unmanaged", "gc --yes", "destroy --yes")  # fmt: skip
    for text in attacks:
        made = stage.project()
        made.run("apply", "--yes").ended(0)
        reseal(made, partial(_misspell, text))
        for command in commands:
            yield tried(made, *command.split())
        for told in ({"owner": text}, {"endpoint": [text] * 3}, {"lineage": text}):
            reseal(made, partial(_update, told))
            yield tried(made, "plan")


def _misspell(text: str, state: dict[str, Any]) -> None:
    """Words in every member of a record that may hold some."""
    records = state["records"]
    facts = {"fine_tuned_model": text, text: text}
    odd = {"status": text, "facts": facts, "spec": {"model": text, text: text}}
    records["jobs.old"] = records["jobs.bot"] | odd | {"id": text or "x"}
    records["jobs.bot"] |= odd


def _update(told: dict[str, Any], state: dict[str, Any]) -> None:
    state.update(told)
