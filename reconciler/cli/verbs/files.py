"""`reconciler files`: live files at the endpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.api import FILE_LIMIT, Api, Upload
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.live import connected, id_of, recorded
from reconciler.cli.verbs.table import show_object, show_table
from reconciler.cli.verbs.witness import noted
from reconciler.core.words import size, when
from reconciler.datasets.scan import scan
from reconciler.errors import NotFound, Unknown
from reconciler.text import visible


def list_files(settings: Settings, /, purpose: str | None = None, limit: int | None = None) -> int:
    """List every live file, newest first."""
    with connected(settings) as connection:
        if limit is None:
            files = [file for page in connection.api.walk_files(purpose) for file in page]
        else:
            files = connection.api.newest_files(limit, purpose=purpose)
    if settings.out.is_json:
        settings.out.document(files)
        return 0
    rows = [
        (f["id"], str(f.get("filename") or ""), size(f.get("bytes") or 0), str(f.get("purpose")),
         str(f.get("status") or ""), when(f.get("created_at")))
        for f in files
    ]  # fmt: skip
    if rows:
        show_table(settings.out, ("FILE", "NAME", "SIZE", "PURPOSE", "STATUS", "CREATED"), rows)
    settings.out.keep(f"{len(rows)} file{'s' * (len(rows) != 1)}")
    return 0


def get_file(settings: Settings, /, file: str) -> int:
    """Show FILE (an address or an id) as the endpoint tells it."""
    with recorded(settings) as workspace:
        show_object(settings.out, workspace.api.retrieve_file(id_of(file, "files", workspace)))
    return 0


def upload_file(settings: Settings, /, path: Path, purpose: str) -> int:
    """Upload PATH under its own name; nothing of the manifest will know it."""
    found = scan(path.resolve(), shown=str(path), purpose=purpose)
    with connected(settings) as connection, path.open("rb") as source:
        upload = Upload(source, str(path), path.name, purpose, found.bytes, found.sha256)
        try:
            show_object(settings.out, _sent(connection.api, upload))
        except Unknown as error:
            error.cure = "look for it first: reconciler files; sent again, it may be there twice"
            raise
    return 0


def _sent(api: Api, upload: Upload) -> Mapping[str, Any]:
    """The file that was made, in one request or in parts."""
    op = upload.sha256[:32]
    if upload.size > FILE_LIMIT:
        return api.upload_in_parts(upload, op=op)
    with api.dial() as line:
        return line.create_file(upload, op=op)


def file_content(settings: Settings, /, file: str, output: Path | None, overwrite: bool) -> int:
    """Download FILE (an address or an id), to stdout or to a file of your choice."""
    with recorded(settings) as workspace:
        id_ = id_of(file, "files", workspace)
        if output is None:
            with settings.out.content() as sink:
                workspace.api.file_content(id_, sink)
            return 0
        count = workspace.api.save_content(id_, output, overwrite=overwrite)
    settings.out.say(visible(f"{id_} → {output} ({size(count)})"))
    if settings.out.is_json:
        settings.out.line({"id": id_, "path": str(output), "bytes": count})
    return 0


def delete_file(settings: Settings, /, file: str, yes: bool) -> int:
    """Delete FILE (an address or an id) at the endpoint."""
    with recorded(settings) as workspace:
        id_ = id_of(file, "files", workspace)
        try:
            seen = workspace.api.retrieve_file(id_)
        except NotFound:
            settings.out.result(f"{visible(id_)}  was not there", id=id_, deleted=False)
            return 0
        if not yes:
            what = f"{id_} ({seen.get('filename')}, {size(seen.get('bytes') or 0)})"
            ask(settings.out, f"Delete {what}?", verb="delete", command=f"files delete {id_}")
        with noted(workspace, "files delete") as note:
            workspace.api.delete_file(id_)
            note("delete", id_)
    settings.out.result(f"{visible(id_)}  deleted", id=id_, deleted=True)
    return 0
