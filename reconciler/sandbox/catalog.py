"""The base models of the simulator: names as on api.openai.com, made-up weights behind them.

None of them ends by itself, so that what works today works on any day; a fault can end one.
"""

from typing import Literal

from msgspec import Struct

SUPERVISED, DPO, REINFORCEMENT = "supervised", "dpo", "reinforcement"


class BaseModel(Struct, frozen=True):
    """A base model: its alias, what can tune it, when it was made, how it reads."""

    name: str
    created: int
    methods: frozenset[str] = frozenset()
    alias: str = ""
    speaks: Literal["chat", "completion", "nothing"] = "chat"
    encoding: str = "o200k_base"


_CHAT = frozenset({SUPERVISED, DPO})
_REASONING = frozenset({REINFORCEMENT})
_LEGACY = frozenset({SUPERVISED})
_OLD = "cl100k_base"

BASE_MODELS: tuple[BaseModel, ...] = (
    BaseModel("gpt-4.1-2025-04-14", 1744315746, _CHAT, "gpt-4.1"),
    BaseModel("gpt-4.1-mini-2025-04-14", 1744317547, _CHAT, "gpt-4.1-mini"),
    BaseModel("gpt-4.1-nano-2025-04-14", 1744321025, _CHAT, "gpt-4.1-nano"),
    BaseModel("gpt-4o-2024-08-06", 1722814719, _CHAT, "gpt-4o"),
    BaseModel("gpt-4o-mini-2024-07-18", 1721172717, _CHAT, "gpt-4o-mini"),
    BaseModel("gpt-3.5-turbo-0125", 1706048358, _LEGACY, "gpt-3.5-turbo", encoding=_OLD),
    BaseModel("o4-mini-2025-04-16", 1744133506, _REASONING, "o4-mini"),
    BaseModel("babbage-002", 1692634615, _LEGACY, speaks="completion", encoding=_OLD),
    BaseModel("davinci-002", 1692634301, _LEGACY, speaks="completion", encoding=_OLD),
    BaseModel("gpt-5-2025-08-07", 1754424384, alias="gpt-5"),
    BaseModel("text-embedding-3-small", 1705948997, speaks="nothing"),
)

BY_NAME = {model.name: model for model in BASE_MODELS} | {
    model.alias: model for model in BASE_MODELS if model.alias
}


def base_of(model: str) -> str:
    """The base model's name inside a fine-tuned model's name, or the name itself."""
    return model.split(":")[1] if model.startswith("ft:") else model
