"""Which files a manifest is made of, whatever is wrong with what they say."""

from pathlib import Path

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest.compose import compose
from reconciler.manifest.finding import Finding
from reconciler.manifest.includes import included
from reconciler.manifest.source import read


def files_of(path: Path) -> list[Path]:
    """The manifest at `path`, then the files that it includes.

    Raises:
        InvalidInput: it cannot be read, or what it includes is not there.
    """
    problems: list[Problem] = []
    findings: list[Finding] = []
    tree = compose(read(path), str(path), problems)
    files = [path, *included(path, tree.root, findings)]
    problems += [finding.at(tree.mark) for finding in findings]
    if problems:
        raise InvalidInput(problems)
    return files
