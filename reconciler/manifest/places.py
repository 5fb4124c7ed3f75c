"""Where a manifest's data are: the one place that tells a path from a URL."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.hosts import allowed_hosts
from reconciler.manifest.fence import Fence
from reconciler.manifest.paths import MARK
from reconciler.sources import LocalFile, Source
from reconciler.sources.local import version_of
from reconciler.sources.source import Waits


class Places:
    """What a manifest may name, as the operator of this machine allows it: make one for a run."""

    def __init__(
        self,
        root: Path,
        allowed: Sequence[Path],
        environ: Mapping[str, str],
        waits: Waits,
    ) -> None:
        """`root` is the manifest's folder, `allowed` what the operator opened beyond it."""
        self._fence, self._hosts = Fence(root, allowed), allowed_hosts(environ)
        self._waits = waits

    def find(self, text: str) -> Source:
        """The source of what `path` of an entry says; raises `PathRefused`."""
        if MARK in text:
            from reconciler.manifest.remote import remote_object  # noqa: PLC0415  # few are there

            return remote_object(text, self._hosts)._replace(waits=self._waits)
        path, status = self._fence.confine(text)
        return LocalFile(path, version_of(status) if status else None)
