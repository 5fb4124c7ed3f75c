"""`reconciler rollback`: the way back to an earlier model, written where it is reviewed."""

from contextlib import AbstractContextManager
from pathlib import Path

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.live import alias_at, recorded
from reconciler.cli.verbs.manifest_file import ManifestFile
from reconciler.cli.verbs.workspace import Workspace, open_workspace, read_manifest
from reconciler.core.address import Address
from reconciler.core.alias import Alias
from reconciler.errors import InvalidInput, ReconcilerError, Refusal, UsageError
from reconciler.manifest import Manifest
from reconciler.manifest.environments import ENVIRONMENTS
from reconciler.manifest.insertion import with_members
from reconciler.manifest.removal import without
from reconciler.text import visible

PIN = "pin"


def rollback(settings: Settings, /, alias: str, steps: int, *, unpin: bool) -> int:
    """Write the pin of an alias into the manifest, or take it out."""
    with _around(settings, is_offline=unpin) as workspace:
        address = _address(alias, workspace)
        model = "" if unpin else _earlier(address, steps, workspace)
    manifest = workspace.manifest
    path = _path(manifest, address)
    file = ManifestFile.at(_file(manifest, path, settings.manifest))
    text = _without_pin(file, path)
    if model:
        text = with_members(text, path, {PIN: model}, str(file.path))
    is_written = text != file.text
    if is_written:
        with file.draft(text) as beside:
            _check(settings, file.path, beside, address)
            file.replace_by(beside)
    _tell(settings, address, model, file.path, is_written=is_written)
    return 0


def _around(settings: Settings, *, is_offline: bool) -> AbstractContextManager[Workspace]:
    """What tells which model was there before; to take a pin out, no key and no state is needed."""
    if is_offline:
        return open_workspace(settings, is_empty=True, is_offline=True)
    return recorded(settings)


def _address(alias: str, workspace: Workspace) -> Address:
    """A declared alias, by its address or its name alone.

    Raises:
        UsageError: it is none.
    """
    name = alias.removeprefix("models.")
    if name in workspace.manifest.entries["models"]:
        return Address("models", name)
    alias_at(alias, workspace)  # what it may have been meant to be
    raise UsageError(
        f"{visible(alias)} is no alias of this manifest",
        why="a pin is written into its entry",
        cure="reconciler status lists the aliases",
    )


def _earlier(address: Address, steps: int, workspace: Workspace) -> str:
    """The model that an alias pointed at so many models ago, if it is still there.

    Raises:
        ReconcilerError: it is not, or there was none.
    """
    alias = workspace.journal().state.aliases.get(address, Alias())
    earlier = earlier_models(alias)
    if steps > len(earlier):
        count = len(earlier)
        raise ReconcilerError(
            f"{address} has no model {steps} back",
            where=alias.model,
            why=f"it pointed at {count or 'no'} other model{'s' * (count != 1)} before",
            cure="reconciler show names its history; pin: MODEL takes any model",
        )
    model = earlier[steps - 1]
    live = {str(one.get("id")) for one in workspace.api.list_models()}
    if model not in live:
        raise ReconcilerError(
            f"{visible(model)} is gone",
            where=f"{address}, {steps} back",
            why="it is not in the list of models",
            cure=f"reconciler rollback {address} --to {steps + 1}; reconciler models lists them",
        )
    return model


def earlier_models(alias: Alias) -> list[str]:
    """The other models that an alias pointed at, each once, the last one first."""
    told = [step.before for step in reversed(alias.history)]
    return [model for model in dict.fromkeys(told) if model not in ("", alias.model)]


def _path(manifest: Manifest, address: Address) -> tuple[str, ...]:
    """Where its pin stands: in an environment, where one is chosen, as an id is of one endpoint."""
    prefix = (ENVIRONMENTS, manifest.environment) if manifest.environment else ()
    return (*prefix, *address)


def _file(manifest: Manifest, path: tuple[str, ...], top: Path) -> Path:
    """The file that holds the entry: an included one, or the manifest itself."""
    if path[0] == ENVIRONMENTS:
        return top
    found = Path(manifest.mark(*path).file)
    return next((file for file in manifest.files if file == found), top)


def _without_pin(file: ManifestFile, path: tuple[str, ...]) -> str:
    """The text without a pin at this place, if there is one."""
    from reconciler.manifest.compose import compose  # noqa: PLC0415  # it needs yaml

    node: object = compose(file.text, str(file.path), []).root
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    has_pin = isinstance(node, dict) and PIN in node
    is_base = path[0] != ENVIRONMENTS  # else what the environment says of it goes, and it stays
    least = len(path) + 1 if is_base else len(path) - 1
    return without(file.text, (*path, PIN), str(file.path), least=least) if has_pin else file.text


def _check(settings: Settings, file: Path, draft: Path, address: Address) -> None:
    """Raise `Refusal` where the manifest would be wrong with this draft of one of its files."""
    why = "nothing else declares it"
    try:
        if address.name in read_manifest(settings, {file: draft}).entries[address.kind]:
            return
    except InvalidInput as error:
        why = error.problems[0].what
    raise Refusal(
        f"refused: {address} cannot be left like this",
        where=str(file),
        why=why,
        cure="give it a job to follow first: job: NAME; nothing was written",
    )


def _tell(
    settings: Settings, address: Address, model: str, file: Path, *, is_written: bool
) -> None:
    out, shown = settings.out, visible(str(file))
    if out.is_json:
        told = {"address": str(address), "pin": model or None, "manifest": str(file)}
        out.document({**told, "written": is_written, "applied": False})
        return
    if not is_written:
        out.keep(f"{address}  has no pin in {shown}: nothing to do")
        return
    what = f"pin: {visible(model)}, written to" if model else "its pin is taken out of"
    out.keep(f"{address}  {what} {shown}; not applied yet")
    out.say(f"next: {settings.typed('apply')}")
