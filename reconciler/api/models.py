"""The verbs of `/models`."""

from itertools import chain

from reconciler.api.call import Call, item
from reconciler.api.caller import Caller
from reconciler.api.outcome import lacking
from reconciler.api.reply import Json

MODELS = "/models"


class Models(Caller):
    """Models: list, retrieve, delete."""

    def list_models(self) -> list[Json]:
        """All models that the key can use; one request, for the API does not page them.

        Raises `Unsettled` when the list is odd.
        """
        pages = self.walk(Call("GET", MODELS), of="models", limit=None, unpaged=True)
        return list(chain.from_iterable(pages))

    def retrieve_model(self, model_id: str) -> Json:
        """One model; raises `NotFound` when it does not exist or was deleted."""
        return self.ask_object(Call("GET", item(MODELS, model_id, has_slashes=True)))

    def need_deletable_models(self) -> None:
        """Raises `ApiError` where this kind of server deletes no models; asks nothing."""
        if not self.dialect.deletes_models:
            cure = "delete the model in the provider's own console"
            raise lacking(self.endpoint, "deletes no models by this API", cure)

    def delete_model(self, model_id: str) -> None:
        """Deletes a fine-tuned model; one that is already gone is deleted.

        Raises `ApiError` where this kind of server deletes none: its 404 would look
        like a model that is gone.
        """
        self.need_deletable_models()
        self.remove(Call("DELETE", item(MODELS, model_id, has_slashes=True)))
