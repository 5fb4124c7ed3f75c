"""The verbs of `/models`."""

from itertools import chain

from reconciler.api.call import Call, item
from reconciler.api.caller import Caller
from reconciler.api.reply import Json

MODELS = "/models"


class Models(Caller):
    """Models: list and retrieve."""

    def list_models(self) -> list[Json]:
        """All models that the key can use; one request, for the API does not page them.

        Raises `Unsettled` when the list is odd.
        """
        pages = self.walk(Call("GET", MODELS), of="models", limit=None, unpaged=True)
        return list(chain.from_iterable(pages))

    def retrieve_model(self, model_id: str) -> Json:
        """One model; raises `NotFound` when it does not exist or was deleted."""
        return self.ask_object(Call("GET", item(MODELS, model_id, has_slashes=True)))
