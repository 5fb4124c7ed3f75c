"""Answers in the shapes that were recorded from the real API are as good as any."""

import json

from tests.support.cli import MODEL, Project, Sandbox


def test_nulls_and_empty_errors_are_nothing_new(served: Project, box: Sandbox) -> None:
    """`error: {}`, null hyperparameters and null ids: apply ends well, and plan sees no change."""
    pair = {
        "input": {"messages": [{"role": "user", "content": "q"}]},
        "preferred_output": [{"role": "assistant", "content": "good"}],
        "non_preferred_output": [{"role": "assistant", "content": "bad"}],
    }
    served.write("data/pairs.jsonl", f"{json.dumps(pair)}\n" * 12)
    wandb = {"type": "wandb", "wandb": {"project": "p", "tags": ["t"]}}
    bot = {"model": MODEL, "training_file": "train", "seed": 7, "integrations": [wandb]}
    dpo = bot | {"training_file": "pairs", "method": {"type": "dpo"}}
    served.save(
        files={"train": {"path": "data/train.jsonl"}, "pairs": {"path": "data/pairs.jsonl"}},
        jobs={"bot": bot, "dpo": dpo},
    )
    box.fault("odd_shapes")
    served.run("apply", "--yes", "--wait").ended(0)
    served.run("plan", "--detailed-exitcode").ended(0)
    served.lose_state()
    served.run("apply", "--yes", "--wait").ended(0)
    assert len(box.made("jobs")) == len(box.made("files")) == 2
