"""All that a plan imports before it does anything, and the models of its manifest built.

With `again` only what it imports where the manifest did not change: it is recalled then.
"""

import gc
import os
import sys
from importlib import import_module

gc.disable()  # as the command does
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # as the command does, too
for module in ("reconciler.cli.main", "reconciler.cli.verbs.plan"):
    import_module(module)
if "again" not in sys.argv:
    import_module("reconciler.manifest.reader")
    from reconciler.kinds.file import FileSpec
    from reconciler.kinds.job_spec import JobSpec
    from reconciler.kinds.spec.model import adapter_of
    from reconciler.manifest.envelope import Envelope

    for spec in (Envelope, FileSpec, JobSpec):
        adapter_of(spec)
