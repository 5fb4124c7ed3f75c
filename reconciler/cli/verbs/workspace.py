"""A manifest with everything around it: its data, its endpoint, its state."""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from reconciler.api import Api, Endpoint
from reconciler.api.clock import uptime
from reconciler.api.outcome import is_certainly_undone, is_for_now, is_still_processing
from reconciler.api.retry import Patience
from reconciler.backends import Backend, open_backend
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.cases import checking, everything_read
from reconciler.cli.verbs.checkout import STATE
from reconciler.cli.verbs.data import Data
from reconciler.cli.verbs.dial import open_api, waiting_of
from reconciler.cli.verbs.published import outputs_of
from reconciler.cli.verbs.scope import Chosen, asked
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.terms import on_terms
from reconciler.cli.verbs.whoami import author_at
from reconciler.core.alias import Published
from reconciler.core.entries import Entry
from reconciler.core.guards import Setting
from reconciler.core.owner import Owner, Owners
from reconciler.core.resource import Desired
from reconciler.core.state import State
from reconciler.errors import Refusal, UsageError
from reconciler.kept import kept_file
from reconciler.kinds import BY_NAME
from reconciler.manifest import Manifest, load
from reconciler.manifest.resolve import resolve
from reconciler.outputs import Outputs
from reconciler.results import read_losses
from reconciler.rig import Author, Rig
from reconciler.round import Journal
from reconciler.round import load as load_state
from reconciler.schedule import USUAL, Lanes

SETTLE = 300
"""Seconds within which a list may lack a fresh object, where the dialect does not know better."""

ALL = Chosen()

VARIABLE = "RECONCILER_STATE"
"""The operator's own word for where the state is."""


class Workspace(Struct, frozen=True, dict=True):
    """One manifest, resolved, and the endpoint and the state it talks to."""

    manifest: Manifest
    owners: Owners
    endpoint: Endpoint
    api: Api
    backend: Backend
    settings: Settings
    patience: int
    waiting: Patience
    is_empty: bool = False
    """Whether nothing is declared, whatever the manifest says."""
    chosen: Chosen = ALL

    @property
    def root(self) -> Path:
        """The folder that the manifest's paths start at."""
        return self.settings.manifest.absolute().parent

    @cached_property
    def data(self) -> Data:
        """The datasets and the cases of checks, read when they are first asked for.

        Raises:
            InvalidInput: everything that is wrong in them.
            Refusal: they have to be those of the lock file, and are not.
        """
        if self.is_empty:
            return Data()
        with self.settings.out.passing("reading the datasets …"):
            return everything_read(self.manifest, self.root, self.settings, self.waiting)

    def require_data(self) -> None:
        """Read the data now: nobody waits for a lock with data that cannot be used."""
        _ = self.data

    @cached_property
    def desired(self) -> Desired:
        """What is declared, every reference resolved to content; and what is wished for it.

        Raises:
            InvalidInput, Refusal: as `data`.
            UsageError: a wish is for nothing that is declared.
        """
        if self.is_empty:
            is_final = not self.endpoint.dialect.deletes_models
            return Desired(are_models_final=is_final, elsewhere=self.manifest.models_elsewhere)
        desired = resolve(self.manifest, BY_NAME, self.data.contents)
        return on_terms(asked(desired, self.chosen), self.manifest, self.endpoint)

    @property
    def owner(self) -> Owner:
        """The project, or one environment of it."""
        return self.owners[0]

    @property
    def is_simulated(self) -> bool:
        """Whether nothing here costs money."""
        return self.endpoint.kind == "sandbox"

    @property
    def place(self) -> str:
        """The endpoint, for people."""
        return "simulator" if self.is_simulated else self.endpoint.base_url

    @property
    def setting(self) -> Setting:
        """Where this runs, for the guards."""
        is_local = not self.backend.is_durable_elsewhere
        return Setting(self.settings.is_ci and not self.is_simulated, is_local)

    @property
    def identity(self) -> tuple[str, str, str]:
        """The endpoint, as a state and a saved plan name it."""
        base_url, organization, project = self.endpoint.identity
        return base_url, organization or "", project or ""

    def journal(self, epoch: int = 0, lineage: str = "") -> Journal:
        """The state as it is now; a new one where there is none.

        Args:
            epoch: of the lock under which it will be written.
            lineage: of a new state; one of its own, unless it is given.
        """
        lineage = lineage or str(uuid.uuid4())
        return load_state(
            self.backend, self.owner, self.identity, lineage, epoch=epoch, earlier=self.owners[1:]
        )

    def unwritten(self) -> State:
        """A state of a lineage of its own that knows nothing."""
        return State(str(uuid.uuid4()), str(self.owner), endpoint=self.identity)

    def rig(self, write: Callable[[Entry], None], lanes: Lanes = USUAL) -> Rig:
        """What an apply touches."""
        return Rig(
            kinds=dict(BY_NAME),
            api=self.api,
            owners=self.owners,
            patience=self.patience,
            write=write,
            new_op=lambda: str(uuid.uuid4()),
            clock=uptime,
            pause=self.waiting.pause,
            may_repeat=lambda error: is_certainly_undone(error) or is_still_processing(error),
            is_for_now=is_for_now,
            tell=self.waiting.tell,
            is_stopping=self.waiting.is_over,
            author=lambda: self.author,
            check=checking(self.api, self.waiting),
            learnt=lambda run: read_losses(self.api, run.body).learnt(),
            published=self.published,
            publish=self.publish,
            lanes=lanes,
        )

    @cached_property
    def author(self) -> Author:
        """On whose behalf this acts: asked for once something is written."""
        return author_at(self.root, self.settings.environ)

    @cached_property
    def outputs(self) -> Outputs | None:
        """Where applications read which model is in use.

        Raises:
            InvalidInput: its path leads out of the manifest's folder.
        """
        return outputs_of(self.manifest, self.root, self.settings.allowed)

    def published(self, state: State) -> Published | None:
        """What applications are told now; None where the manifest has no `outputs`."""
        return self.outputs.read(state) if self.outputs else None

    def publish(self, state: State) -> None:
        """Tell them what aliases point at."""
        if self.outputs:
            self.outputs.publish(state, is_end=self.is_empty)


def read_manifest(settings: Settings, drafts: Mapping[Path, Path] | None = None) -> Manifest:
    """The manifest of this call; with `drafts`, as it would be with these in place of its files."""
    specs = {name: kind.spec for name, kind in BY_NAME.items()}
    manifest = os.fsencode(f"{settings.manifest.name}:{settings.environment or ''}")
    what = f"manifest-{sha256(manifest).hexdigest()[:8]}"
    kept = kept_file(settings.manifest.absolute().parent, settings.environ, what)
    return load(
        settings.manifest,
        specs,
        env=settings.environment,
        environ=settings.environ,
        kept=kept,
        drafts=drafts or {},
    )


@contextmanager
def open_workspace(
    settings: Settings,
    *,
    stop: Stop | None = None,
    settle: int | None = None,
    chosen: Chosen = ALL,
    is_empty: bool = False,
    is_offline: bool = False,
) -> Iterator[Workspace]:
    """Everything around the manifest; the endpoint is connected as long as the context lasts.

    Args:
        stop: what may end every wait.
        settle: seconds a list may lag, instead of what is usual for the endpoint.
        chosen: the part of the plan that is wanted, and what besides what the manifest says.
        is_empty: leave out what the manifest declares; then no dataset is read.
        is_offline: name the endpoint only; there need be no key, and nothing may be sent.
    """
    manifest = read_manifest(settings)
    root = settings.manifest.absolute().parent
    backend = backend_of(manifest, settings)
    waiting = waiting_of(settings.out, stop)
    opened = open_api(
        manifest,
        root,
        settings.environ,
        waiting,
        allowed=settings.allowed,
        is_offline=is_offline,
    )
    with closing(backend), opened as (endpoint, api):
        if stop:
            stop.hastens(api.hasten)
        patience = settle if settle is not None else default_patience(endpoint)
        projects = (manifest.project, *manifest.previous_projects)
        owners = tuple(Owner(project, manifest.environment) for project in projects)
        yield Workspace(
            manifest,
            owners,
            endpoint,
            api,
            backend,
            settings,
            patience,
            waiting,
            is_empty,
            chosen,
        )


def default_patience(endpoint: Endpoint) -> int:
    """How long a list of this endpoint may lag."""
    return 0 if endpoint.dialect.lists_at_once else SETTLE


def backend_of(manifest: Manifest, settings: Settings, location: str = "") -> Backend:
    """Where the state is: at `location`, or where the environment says, or the manifest.

    Without any of them it is in the usual place.
    """
    label = ".".join(Owner(manifest.project, manifest.environment).parts)
    said = location or settings.environ.get(VARIABLE) or manifest.state.backend
    # What was typed is the operator's word, as the variable is.
    environ = {**settings.environ, VARIABLE: location} if location else settings.environ
    root, file = settings.manifest.absolute().parent, f"{STATE}/{label}.json"
    try:
        return open_backend(
            said or file, root, label=label, environ=environ, allowed=settings.allowed
        )
    except (UsageError, Refusal) as error:
        if said == settings.environ.get(VARIABLE):  # the manifest may have no such line
            error.where = error.where.replace("state.backend", VARIABLE)
            error.cure = error.cure.replace(
                "state: {backend: state/NAME.json}", f"{VARIABLE}={file}"
            )
        raise
