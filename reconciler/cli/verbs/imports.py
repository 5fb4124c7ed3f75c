"""`reconciler import`: entries of the manifest for what is live and of nobody."""

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.data import data_of
from reconciler.cli.verbs.glance import glance
from reconciler.cli.verbs.import_data import Contents
from reconciler.cli.verbs.import_draft import Draft
from reconciler.cli.verbs.live import address_of
from reconciler.cli.verbs.manifest_file import ManifestFile
from reconciler.cli.verbs.workspace import Workspace, open_workspace, read_manifest
from reconciler.core.plan import Severity
from reconciler.core.strangers import strangers
from reconciler.errors import NotFound, Refusal, UsageError
from reconciler.kinds import BY_NAME
from reconciler.manifest import Manifest
from reconciler.manifest.insertion import with_members
from reconciler.manifest.resolve import resolve
from reconciler.round import Round, judge
from reconciler.text import visible


def import_objects(
    settings: Settings,
    /,
    address: str | None,
    id_: str | None,
    everything: bool,
    path: str | None,
    into: str,
    dry_run: bool,
) -> int:
    """Write the entries, or with `dry_run` show them."""
    if everything == bool(address) or bool(address) != bool(id_) or (path and everything):
        raise UsageError("import takes ADDR and ID, or --all", cure="reconciler import --help")
    with open_workspace(settings) as workspace:
        found = glance(workspace)
        contents = Contents(workspace, into)
        draft = Draft.of(found, contents, is_dry=dry_run)
        try:
            if address and id_:
                _add(draft, workspace, address, id_, path)
            else:
                draft.add_all(strangers(found.state, found.live))
            _write(workspace, found, draft)
        except BaseException:
            contents.discard()
            raise
    return 0


def _add(draft: Draft, workspace: Workspace, text: str, id_: str, path: str | None) -> None:
    address = address_of(text)
    if address.kind not in BY_NAME:
        raise UsageError(f"nothing of {address.kind} is imported", cure="files.NAME, or jobs.NAME")
    seen = draft.view.live.objects.get(id_)
    try:
        seen = seen or BY_NAME[address.kind].fetch(workspace.api, id_, workspace.owners)
    except NotFound as error:
        error.cure = f"reconciler unmanaged lists what is live; reconciler {address.kind}, too"
        raise
    draft.add(address, seen, path)


def _write(workspace: Workspace, found: Round, draft: Draft) -> None:
    settings, file = workspace.settings, ManifestFile.at(workspace.settings.manifest)
    after = _drafted(file, workspace.manifest, draft)
    if draft.bound and not (draft.is_dry and draft.entries):  # their data would not be here
        with file.draft(after) as beside:
            _check(workspace, found, draft, beside)
            if not draft.is_dry:
                file.replace_by(beside)
                draft.contents.keep()
    if settings.out.is_json:
        settings.out.document(_document(file, draft))
        return
    settings.out.keep(*_lines(file, draft, after))
    if draft.bound and not draft.is_dry:
        settings.out.say(f"next: {settings.typed('plan')}")


def _drafted(file: ManifestFile, manifest: Manifest, draft: Draft) -> str:
    """The text with the entries: of an environment, where one is chosen."""
    text, name = file.text, str(file.path)
    prefix = ("environments", manifest.environment) if manifest.environment else ()
    for section, members in draft.members:
        added = members
        if section == "import" and prefix and manifest.imports and isinstance(members, list):
            added = [*_inherited(manifest), *members]
        text = with_members(text, (*prefix, section), added, name)
    return text


def _inherited(manifest: Manifest) -> Iterator[dict[str, str]]:
    """Imports that an environment would lose with a list of its own."""
    if manifest.origin("import") != f"environments.{manifest.environment}":
        yield from ({"to": one.to, "id": one.id} for one in manifest.imports)


def _check(workspace: Workspace, found: Round, draft: Draft, beside: Path) -> None:
    """Raise unless the plan of the new manifest adopts all that it binds."""
    settings = workspace.settings
    manifest = read_manifest(settings, {settings.manifest: beside})
    contents = data_of(manifest, settings.manifest.absolute().parent, settings).contents
    desired = resolve(manifest, BY_NAME, contents)
    scene, rig = found.scene, workspace.rig(lambda _: None)
    plan = judge(scene.state, desired, scene.live, rig, workspace.patience).plan
    for finding in plan.of(Severity.REFUSED):
        if finding.address in draft.bound:
            cure = "make the entry say what is live; nothing was written"
            raise Refusal(finding.what, where=finding.where, why=finding.why, cure=cure)


def _lines(file: ManifestFile, draft: Draft, after: str) -> Iterator[str]:
    """What was written, or would be, and what was left out."""
    for address, id_ in draft.bound.items():
        yield visible("  ".join(filter(None, (f"→ {address}", id_, draft.shown.get(address)))))
    for id_, why in draft.left.items():
        yield visible(f"· {id_}  left out: {why}")
    name, count = visible(str(file.path)), len(draft.bound)
    if not count:
        yield "Import: nothing to do"
    elif draft.is_dry:
        before = file.text.splitlines()
        lines = unified_diff(before, after.splitlines(), name, f"{name} then", lineterm="", n=1)
        yield from map(visible, lines)
        yield f"Import: {count} would be bound; nothing was written"
    else:
        yield f"Import: {count} bound in {name}; nothing was sent, the next plan adopts them"


def _document(file: ManifestFile, draft: Draft) -> dict[str, object]:
    return {
        "manifest": str(file.path),
        "written": bool(draft.bound) and not draft.is_dry,
        "import": [{"to": str(to), "id": id_} for to, id_ in draft.bound.items()],
        "entries": draft.entries,
        "left_out": [{"id": id_, "why": why} for id_, why in draft.left.items()],
    }
