"""What the engine asks of a kind of resource."""

from collections.abc import Mapping
from typing import Any, Protocol

from reconciler.core.fields import FieldChange
from reconciler.core.resource import Lifecycle, Observed, Resource


class Questions(Protocol):
    """What the engine asks of a kind; pure answers, no effect."""

    @property
    def name(self) -> str:
        """The manifest's section and the prefix of addresses."""
        ...

    @property
    def lifecycle(self) -> Lifecycle:
        """Which rules of `diff` hold."""
        ...

    @property
    def route(self) -> str:
        """Where its objects are made, below the base URL: `/fine_tuning/jobs`."""
        ...

    def resolved(self, seen: Observed) -> Mapping[str, Any]:
        """Flat field → what the server made of it (alias → snapshot, `auto` → number)."""
        ...

    def beside(self, resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
        """What is sent once and decides nothing, where the object has it otherwise: there, here."""
        ...

    def owner_of(self, seen: Observed) -> str:
        """Who its marker says it is of, us or others: `project/environment`; empty: nobody."""
        ...


Kinds = Mapping[str, Questions]
