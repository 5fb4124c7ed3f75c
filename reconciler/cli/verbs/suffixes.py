"""Suffixes of jobs that the endpoint would refuse, before anything is uploaded for them."""

import re
from collections.abc import Iterator

from reconciler.api.dialects import dialect_of
from reconciler.errors import Problem
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import Manifest
from reconciler.manifest.words import found


def check_suffixes(manifest: Manifest) -> Iterator[Problem]:
    """Each suffix that is none at the manifest's kind of endpoint."""
    kind = manifest.provider.kind
    pattern = dialect_of(kind).suffix
    for name, spec in manifest.entries["jobs"].items() if pattern else ():
        if isinstance(spec, JobSpec) and spec.suffix and not re.fullmatch(pattern, spec.suffix):
            yield Problem(
                f"jobs.{name}.suffix must match {pattern}, found {found(spec.suffix)}",
                "wrong-format",
                manifest.mark("jobs", name, "suffix"),
                why=f"{kind} takes no other one",
                cure="a shorter one, of letters, digits, _ and -",
            )
