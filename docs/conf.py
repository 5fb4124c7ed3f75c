"""Sphinx turns the Markdown of this folder into a site: `make docs`; every warning is an error."""

import re
from pathlib import Path

from reconciler import __version__

project, release = "reconciler", __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = f"reconciler {release}"
html_copy_source = False
nitpicky = True
myst_heading_anchors = 4
# What is left out of an example with `…` is no JSON.
suppress_warnings = ["misc.highlighting_failure"]

HERE = Path(__file__).parent
LINK = re.compile(r"\[([^\]]+)\]\((\.\.?/[^)#]*)\)")


def setup(app):  # noqa: ANN001, ANN201  # of an application that is not installed for lint
    """Have a link to a file of the repository, which the site does not have, be its name."""
    app.connect("source-read", _without_files)


def _without_files(app, name: str, source: list[str]) -> None:  # noqa: ANN001, ARG001
    folder = (HERE / name).parent

    def shown(found: re.Match[str]) -> str:
        is_page = (folder / found[2]).resolve().is_relative_to(HERE)
        return found[0] if is_page else f"`{found[1]}`"

    source[0] = LINK.sub(shown, source[0])
