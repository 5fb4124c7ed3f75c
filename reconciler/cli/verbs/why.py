"""`reconciler why`: which data made a model, by whom, of which commit, and who uses it."""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from reconciler.api.clock import uptime
from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.aliases import alias_model
from reconciler.cli.verbs.glance import LOOKING
from reconciler.cli.verbs.live import no_resource, recorded
from reconciler.cli.verbs.results import losses_of
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.terms import terms_of
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.known import Everything
from reconciler.core.lineage import STATE_LOST, Answer, Lineage
from reconciler.core.origins import answer
from reconciler.core.resource import Phase
from reconciler.core.state import State
from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds import BY_NAME
from reconciler.manifest.words import nearest
from reconciler.observe import observe
from reconciler.render.lineage_card import card
from reconciler.render.lineage_json import lineage_document
from reconciler.render.lineage_mermaid import diagram
from reconciler.render.lineage_text import HEADER, answer_lines, lineage_row
from reconciler.text import visible


def why(settings: Settings, /, target: str | None, format_: str) -> int:
    """Show where a model is from, or, without TARGET, every model of this owner."""
    with recorded(settings) as workspace:
        known = _known(workspace)
        found = answer(known, target or "")
        if target and not (found.lineages or found.file):
            raise _nothing(target, known, workspace)
        if (target or format_ == "card") and len(found.lineages) == 1 and not found.file:
            found = found._replace(lineages=(_with_losses(workspace, known, found.lineages[0]),))
    _show(settings.out, workspace, found, format_)
    return 0


def _known(workspace: Workspace) -> Everything:
    """The state and one look at what is live; nothing is asked for by its id."""
    state = workspace.journal().state
    unasked = State(state.lineage, state.owner)
    with workspace.settings.out.passing(LOOKING):
        live = observe(workspace.api, BY_NAME, workspace.owners, unasked, uptime)
    live = replace(live, published=workspace.published(state))
    return Everything(state, live, BY_NAME, terms_of(workspace.manifest, workspace.endpoint.kind))


def _with_losses(workspace: Workspace, known: Everything, lineage: Lineage) -> Lineage:
    """The same with what its run learnt: two requests."""
    seen = known.live.objects.get(lineage.training.id) if lineage.training else None
    if seen is None or seen.phase is not Phase.READY:
        return lineage
    return lineage._replace(losses=losses_of(workspace, seen))


def _show(out: Out, workspace: Workspace, found: Answer, format_: str) -> None:
    owner, simulated = str(workspace.owner), workspace.is_simulated
    if out.is_json:
        out.document(lineage_document(found, owner=owner, endpoint=workspace.place))
    elif format_ == "mermaid":
        out.keep(*diagram(found).split("\n"))
    elif format_ == "card":
        out.keep(*card(_only(found), owner=owner, simulated=simulated).split("\n"))
    elif found.target:
        out.keep(*answer_lines(found, owner=owner, simulated=simulated))
    else:
        rows = [lineage_row(lineage) for lineage in found.lineages]
        if rows:
            show_table(out, HEADER, rows)
        out.keep(f"{len(rows)} model{'s' * (len(rows) != 1)}")


def _only(found: Answer) -> Lineage:
    """The one model that a card is of.

    Raises:
        UsageError: there is none, or there are several.
    """
    models = [lineage for lineage in found.lineages if lineage.model]
    if len(models) == 1:
        return models[0]
    what = f"{visible(found.target)} is of {len(models)} models" if found.target else "which model?"
    cure = "reconciler why lists them; reconciler why MODEL --format card"
    raise UsageError(f"{what}: a card is of one", cure=cure)


def _nothing(target: str, known: Everything, workspace: Workspace) -> ReconcilerError:
    """What is said where nothing is known of a target."""
    declared = {address for address, _ in workspace.manifest.resources}
    kind, dot, _ = target.partition(".")
    shown = visible(target)
    if not dot or kind not in BY_NAME:
        return _unknown(target, known, workspace)
    addresses = {str(a): a for a in {*declared, *known.aliases, *_addresses(known)}}
    if target not in addresses:
        return no_resource(shown, addresses)
    if kind == "models" and not known.state.serial and known.runs:
        cure = "reconciler why lists the models; an apply reads the file of outputs"
        return ReconcilerError(f"what {shown} points at is not known", why=STATE_LOST, cure=cure)
    if kind == "models":
        alias_model(shown, addresses[target], known.state)  # says what it is that is not known
    what = f"{shown} has no object yet"
    return ReconcilerError(what, why="nothing of it is recorded or live", cure="reconciler apply")


def _addresses(known: Everything) -> Iterable[Address]:
    return (one.address for one in known.objects.values() if one.address)


def _unknown(target: str, known: Everything, workspace: Workspace) -> ReconcilerError:
    """No address, and no id that is ours."""
    owner, shown = workspace.owner, visible(target)
    listed: Collection[str] = known.live.models or ()
    if target in listed:
        what, why = f"no job of {owner} made this model", "the endpoint lists it"
    elif target in known.live.objects:
        what, why = f"{shown} is not of {owner}", "it carries no marker of this owner"
    else:
        what, why = f"nothing of {owner} is {shown}", "neither the state nor the endpoint has it"
    guess = nearest(target, {*known.objects, *known.makers, *known.uses, *_names(known)})
    cure = f"did you mean {visible(guess)}?" if guess and target not in listed else ""
    cure = cure or "reconciler why lists the models, reconciler unmanaged what is not ours"
    return ReconcilerError(what, where=shown, why=why, cure=cure)


def _names(known: Everything) -> Iterable[str]:
    return (address.name for address in known.aliases)
