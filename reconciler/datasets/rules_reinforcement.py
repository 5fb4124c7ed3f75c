"""Reinforcement: messages to answer; every other key is free, for the graders."""

from reconciler.datasets.finding import Finding, Findings, Row


def check(row: Row) -> Findings:
    """What holds for reinforcement beyond the messages themselves."""
    messages = row.value.get("messages")
    if isinstance(messages, list) and messages and not is_user(messages[-1]):
        yield Finding(
            "last-not-user",
            "the last message is not the user's",
            at=("messages", len(messages) - 1),
            why="the model in training answers the last message, so that must be the user's",
            cure="end with the user's message; a reference answer goes under a key of its own",
        )


def is_user(message: object) -> bool:
    """Whether a message is the user's."""
    return isinstance(message, dict) and message.get("role") == "user"
