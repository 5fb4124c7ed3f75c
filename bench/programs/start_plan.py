"""All that a plan imports before it does anything, and the models of its manifest built."""

import gc
import os
from importlib import import_module

gc.disable()  # as the command does
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # as the command does, too
for module in ("reconciler.cli.main", "reconciler.cli.verbs.plan"):
    import_module(module)
for module, model in (
    ("reconciler.manifest.envelope", "Envelope"),
    ("reconciler.kinds.file", "FileSpec"),
    ("reconciler.kinds.job_spec", "JobSpec"),
):
    getattr(import_module(module), model).model_rebuild()
