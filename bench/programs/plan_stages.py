"""A plan with nothing to do, in its stages; the last line is JSON: stage → milliseconds.

The real command, with a clock around the functions that its stages are. The lists are walked in
threads of their own while what is declared is resolved: `list` is what is waited for after that.

With `edited` the manifest is read anew, as it is after each edit: its reader is then imported with
everything else. Without, it did not change, and is recalled.
"""

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

STAGES = {
    "recall": ("reconciler.manifest.loading", "recalled"),
    "parse": ("reconciler.manifest.reader", "_read_files"),
    "validate": ("reconciler.manifest.reader", "_checked"),
    "digest cache": ("reconciler.cli.verbs.cases", "data_of"),
    "state": ("reconciler.cli.verbs.workspace", "load_state"),
    "resolve": ("reconciler.cli.verbs.workspace", "resolve"),
    "list": ("reconciler.observe", "Walks.live"),
    "diff": ("reconciler.cli.verbs.glance", "judge"),
    "render": ("reconciler.cli.verbs.plan", "show_plan"),
}
"""Stage → the module and the name of the function that it is."""

EDITED = "edited"


def main() -> None:
    """Plan in the folder where this is run."""
    gc.disable()  # as the command does
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # as the command does, too
    began = time.perf_counter()
    importlib.import_module("reconciler.cli.verbs.plan")
    if EDITED in sys.argv:
        importlib.import_module("reconciler.manifest.reader")
    from reconciler.cli.main import run  # noqa: PLC0415  # imports are a stage

    took = {"imports": time.perf_counter() - began, **dict.fromkeys(STAGES, 0.0)}
    for stage, (module, name) in STAGES.items():
        if module in sys.modules:
            _put_clock(sys.modules[module], name, stage, took)
    code = run(["plan", "--detailed-exitcode"])
    took["total"] = time.perf_counter() - began
    print(json.dumps({stage: 1000 * seconds for stage, seconds in took.items()}))
    sys.exit(code)


def _put_clock(owner: Any, name: str, stage: str, took: dict[str, float]) -> None:  # noqa: ANN401
    """Let the function at this name tell how long it took; a dot leads into a class."""
    first, dot, rest = name.partition(".")
    if dot:
        _put_clock(getattr(owner, first), rest, stage, took)
        return
    function: Callable[..., Any] = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever it takes
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            took[stage] += time.perf_counter() - began

    setattr(owner, name, timed)


if __name__ == "__main__":
    main()
