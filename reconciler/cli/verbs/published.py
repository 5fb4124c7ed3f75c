"""The file of `outputs` that a manifest names, if it names one."""

from collections.abc import Sequence
from pathlib import Path

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest import Manifest
from reconciler.manifest.paths import PathRefused, confine
from reconciler.outputs import FORMATS, Outputs


def outputs_of(manifest: Manifest, root: Path, allowed: Sequence[Path]) -> Outputs | None:
    """Where applications read which model is in use.

    Raises:
        InvalidInput: the path leads out of the manifest's folder, or is none of a file.
    """
    said = manifest.outputs
    if said is None:
        return None
    try:
        path = confine(root, said.file, allowed, must_exist=False)
    except PathRefused as refused:
        mark = manifest.mark("outputs", "file")
        problem = Problem(refused.what, refused.code, mark, why=refused.why, cure=refused.cure)
        raise InvalidInput([problem]) from None
    name = said.name or manifest.project.replace("_", "-")
    return Outputs(path, said.file, FORMATS[said.format], name, manifest.entries["models"].keys())
