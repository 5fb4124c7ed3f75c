"""The official SDK lists objects to their end, and does nothing with them."""

import sys
from collections.abc import Callable, Iterable, Mapping

from openai import OpenAI

client = OpenAI()
LISTS: Mapping[str, Callable[[], Iterable[object]]] = {
    "files": lambda: client.files.list(limit=10_000),
    "jobs": lambda: client.fine_tuning.jobs.list(limit=100),
    "models": client.models.list,
}
for name in sys.argv[1:] or LISTS:
    print(name, len([*LISTS[name]()]))
