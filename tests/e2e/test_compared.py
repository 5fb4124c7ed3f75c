"""What a new version of a dataset adds and leaves out, told in the plan; never a row."""

import json
from typing import Any

from tests.support.cli import Project

ENDED = ("apply", "--yes", "--wait")
TOOL = {"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}


def row(number: int, *, system: bool = False, **more: Any) -> dict[str, Any]:
    """An example, perhaps with a system prompt."""
    messages = [
        *([{"role": "system", "content": "Be kind."}] if system else []),
        {"role": "user", "content": f"secret question {number}?"},
        {"role": "assistant", "content": f"secret answer {number}."},
    ]
    return {"messages": messages, **more}


def write(project: Project, *rows: dict[str, Any]) -> None:
    """The training data."""
    project.write("data/train.jsonl", "".join(f"{json.dumps(one)}\n" for one in rows))


def test_rows_tokens_roles_and_tools_are_told(demo: Project) -> None:
    """In every format; the plan of apply says the same."""
    write(demo, *(row(n, system=True) for n in range(12)))
    demo.run(*ENDED).ended(0)
    write(
        demo, *(row(n, system=n > 20) for n in range(10)), *(row(n, tools=[TOOL]) for n in (20, 21))
    )
    said = demo.run("plan").ended(0)
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "rows +12 −12" in lines
    assert any(line.startswith("tokens ≈ ") and line.endswith(" a row") for line in lines)
    assert "roles no longer: system" in lines
    assert "tools new: track" in lines
    assert "secret" not in said.all
    assert "+12 −12" in demo.run("plan", "--format", "markdown").ended(0).out
    assert "+12 −12" in demo.run(*ENDED).ended(0).out


def test_of_many_tools_none_is_said_to_be_new(demo: Project) -> None:
    """No more than 64 names are kept: one that was not may have been there before."""
    tools = [{"type": "function", "function": {"name": f"track{n}"}} for n in range(70)]
    write(demo, *(row(n, tools=tools) for n in range(12)))
    demo.run(*ENDED).ended(0)
    write(demo, *(row(n, tools=tools[::-1]) for n in range(12)))
    said = demo.run("plan").ended(0)
    assert "rows    +12 −12\n" in said.out
    assert "track" not in said.out


def test_added_rows_are_counted(demo: Project) -> None:
    """A row that stands twice counts twice."""
    rows = [row(n) for n in range(12)]
    write(demo, *rows)
    demo.run(*ENDED).ended(0)
    write(demo, *reversed(rows[1:]), rows[3], row(50), row(51))
    said = demo.run("plan").ended(0)
    assert "rows    12 → 14  +3 −1\n" in said.out


def test_without_the_earlier_version_the_state_tells_what_it_knows(demo: Project) -> None:
    """Another machine has not read it."""
    write(demo, *(row(n) for n in range(12)))
    demo.run(*ENDED).ended(0)
    write(demo, *(row(n) for n in range(13)))
    said = demo.run("plan", XDG_CACHE_HOME=str(demo.root / "elsewhere")).ended(0)
    assert "rows    12 → 13\n" in said.out
