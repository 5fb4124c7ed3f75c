"""How the tokens of each dataset are counted: as the models that learn from it would."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping

from msgspec.structs import replace

from reconciler.datasets.dataset import Dataset
from reconciler.datasets.encodings import ESTIMATE, USUAL, can_count, encoding_of
from reconciler.errors import UsageError
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.spec.base_model import job_of
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
    bases = base_models(manifest)
    for name, spec in manifest.entries["jobs"].items():
        if isinstance(spec, JobSpec):
            used[spec.training_file].add(encoding_of(bases[name]) or USUAL)
    return {name: tuple(sorted(used[name])) or (USUAL,) for name in manifest.entries["files"]}


def together(datasets: Mapping[str, Dataset]) -> dict[str, Dataset]:
    """The datasets; what is one file is counted with all that any of its entries is counted with.

    Its content is one, and so is what is remembered of it.
    """
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in datasets.values():
        used[one.purpose, one.source.key].update(one.encodings)
    if len(used) == len(datasets):
        return dict(datasets)
    wanted = {key: tuple(sorted(encodings)) for key, encodings in used.items()}
    return {
        name: replace(one, encodings=wanted[one.purpose, one.source.key])
        for name, one in datasets.items()
    }


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


def base_models(manifest: Manifest) -> Mapping[str, str]:
    """Name of each job → the model at its root: that of the job it starts from, and so on.

    Each job is looked at once: a chain may have thousands of them.
    """
    jobs = {n: spec for n, spec in manifest.entries["jobs"].items() if isinstance(spec, JobSpec)}
    bases = {n: spec.model for n, spec in jobs.items() if job_of(spec.model) is None}
    for name in [name for name in jobs if name not in bases]:
        chain = [*_chain(jobs, name, bases)]
        if chain:
            *_, (_, last) = chain
            source = last.references.get("model")
            base = bases.get(source.name, last.model) if source else last.model
            bases.update((each, base) for each, _ in chain)
    return bases


def _chain(
    jobs: Mapping[str, JobSpec], name: str, known: Container[str]
) -> Iterator[tuple[str, JobSpec]]:
    """A job, the one it starts from, and so on, up to one that is known; each once."""
    met: set[str] = set()
    while name not in known and name not in met and (spec := jobs.get(name)):
        yield name, spec
        met.add(name)
        if not (source := spec.references.get("model")):
            return
        name = source.name
