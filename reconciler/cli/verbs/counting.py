"""How the tokens of each dataset are counted: as the models that learn from it would."""

from collections import defaultdict
from collections.abc import Mapping

from reconciler.datasets.encodings import ESTIMATE, USUAL, can_count, encoding_of
from reconciler.errors import UsageError
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import Manifest

VARIABLE = "RECONCILER_TOKENS"
"""`exact` or `estimate`; unset: exact where the `tokens` extra is installed."""


def encodings_of(manifest: Manifest, environ: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Name of an entry of `files` → what to count it with; nothing where tokens are estimated.

    Raises:
        UsageError: the variable says what is not known, or asks for what is not installed.
    """
    if not _is_exact(environ):
        return {}
    used: dict[str, set[str]] = defaultdict(set)
    for spec in manifest.entries["jobs"].values():
        if isinstance(spec, JobSpec):
            used[spec.training_file].add(encoding_of(base_model(spec, manifest)) or USUAL)
    return {name: tuple(sorted(used[name])) or (USUAL,) for name in manifest.entries["files"]}


def _is_exact(environ: Mapping[str, str]) -> bool:
    wanted = environ.get(VARIABLE, "")
    if wanted not in ("", ESTIMATE, "exact"):
        raise UsageError(f"{VARIABLE} says neither exact nor estimate", cure=f"unset {VARIABLE}")
    if wanted == "exact" and not can_count():
        raise UsageError(
            "the tokens extra is not installed",
            why=f"{VARIABLE} asks for exact counts",
            cure='pip install "finetune-reconciler[tokens]"',
        )
    return can_count() and wanted != ESTIMATE


def base_model(spec: JobSpec, manifest: Manifest) -> str:
    """The model at the root of a job: that of the job it starts from, and so on."""
    if "model" not in spec.references:
        return spec.model
    seen: set[str] = set()
    while (ref := spec.references.get("model")) and ref.name not in seen:
        seen.add(ref.name)
        base = manifest.entries["jobs"].get(ref.name)
        if not isinstance(base, JobSpec):
            break
        spec = base
    return spec.model
