"""Reinforcement: messages to answer; every key but `messages` and `tools` is the graders'."""

from reconciler.datasets.finding import Finding, Findings, Value
from reconciler.datasets.rules_messages import is_from


def check(value: Value) -> Findings:
    """What holds for reinforcement beyond the messages and tools themselves."""
    messages = value.get("messages")
    if isinstance(messages, list) and messages and not is_from(messages[-1], "user"):
        yield Finding(
            "last-not-user",
            "the last message is not the user's",
            at=("messages", len(messages) - 1),
            why="the model in training answers the last message, so that must be the user's",
            cure="end with the user's message; a reference answer goes under a key of its own",
        )
