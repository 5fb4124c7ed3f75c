"""Reading the files of one manifest, within limits that hold over all of them."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path

from msgspec import Struct, field

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest.finding import Finding
from reconciler.manifest.includes import included
from reconciler.manifest.references import OPENING
from reconciler.manifest.secrets import secrets
from reconciler.manifest.sheets import Sheets, joined
from reconciler.manifest.source import digest, place_of, read_bytes, text_of
from reconciler.manifest.tree import Tree, pack
from reconciler.manifest.words import dotted

_MOST_SECRETS = 20


class Reading(Struct):
    """What was read so far of one manifest, and what is wrong with it.

    Attributes:
        drafts: file → what is read in its place.
        digests: each file that was read → its digest.
    """

    problems: list[Problem]
    drafts: Mapping[Path, Path] = {}
    digests: dict[str, str] = field(default_factory=dict)
    _nodes: int = 0
    _bytes: int = 0
    _may_refer: bool = False

    def tree(self, path: Path) -> Tree:
        """One file.

        Raises:
            InvalidInput: it cannot be read at all, or holds more than is left of the limits.
        """
        data, file = read_bytes(self.drafts.get(path, path), self._bytes), str(path)
        text, self.digests[file] = text_of(data, path), digest(data)
        self._bytes += len(data)
        self._may_refer = self._may_refer or OPENING in text
        tree = self._composed(text, file)
        self._nodes += tree.nodes
        self.problems += _leaks(text, file, tree)
        return tree

    def _composed(self, text: str, file: str) -> Tree:
        from reconciler.manifest.compose import compose  # noqa: PLC0415  # imports YAML

        try:
            return compose(text, file, self.problems, self._nodes)
        except InvalidInput as error:
            raise InvalidInput([*error.problems, *_leaks(text, file, None)]) from None

    def sheets(self, path: Path, top: Tree, sections: Collection[str]) -> Sheets:
        """The manifest whose top file is `top`, with all that it includes.

        Raises:
            InvalidInput: an included file cannot be read; all of them were tried.
        """
        findings: list[Finding] = []
        files, trees, unread = [path], [top], False
        for file in included(path, top.root, findings, self.drafts.values()):
            try:
                trees.append(self.tree(file))
                files.append(file)
            except InvalidInput as error:
                unread = True
                self.problems += [one for one in error.problems if one not in self.problems]
        self.problems += [finding.at(top.mark) for finding in findings]
        if unread or findings:
            raise InvalidInput(self.problems)  # every name declared there would be missed
        return joined(tuple(files), trees, sections, self.problems, may_refer=self._may_refer)


def _leaks(text: str, file: str, tree: Tree | None) -> Iterator[Problem]:
    """A problem for each thing that looks like a secret; the secret itself is in none."""
    for offset, looks_like in islice(secrets(text), _MOST_SECRETS):
        mark = place_of(text, offset, file)
        path = tree.path_at(pack(mark.line - 1, mark.column - 1)) if tree else ()
        what = f"{dotted(path)} has what looks like {looks_like}"
        why = "a manifest is committed and reviewed; the text is not shown here"
        cure = "take it out, revoke it, and set it in the environment"
        yield Problem(what, "secret-in-manifest", mark, why=why, cure=cure)
