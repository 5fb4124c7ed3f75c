"""The official Python client, synchronous or asynchronous, driven by the same steps."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from tests.contract.sandbox_kit import Box

Step = Callable[["Sdk"], Awaitable[None]]
KINDS: dict[str, Callable[..., Any]] = {
    # Most of the time of a new client goes to reading certificates, which plain HTTP needs not.
    "sync": lambda **options: OpenAI(http_client=DefaultHttpxClient(verify=False), **options),
    "async": lambda **options: AsyncOpenAI(
        http_client=DefaultAsyncHttpxClient(verify=False), **options
    ),
}


@dataclass(frozen=True)
class Sdk:
    """One of the two clients: `do` and `every` hide which."""

    client: Any
    box: Box

    async def do(self, result: Any) -> Any:
        """What a call answers."""
        return await result if isawaitable(result) else result

    async def every(self, result: Any) -> list[Any]:
        """Everything that a list or a stream holds, to its last page."""
        found = result if hasattr(result, "__aiter__") else await self.do(result)
        if hasattr(found, "__aiter__"):
            return [each async for each in found]
        return list(found)


def drive(kind: str, box: Box, step: Step, **options: Any) -> None:
    """Run a step with a client, which holds every answer against its own types.

    An error that the step raises is raised.
    """

    async def run() -> None:
        strict = {"max_retries": 0, "_strict_response_validation": True} | options
        client = KINDS[kind](api_key="test", base_url=box.server.base_url, **strict)
        try:
            await step(Sdk(client, box))
        finally:
            await Sdk(client, box).do(client.close())

    asyncio.run(run())
