"""The endpoints of `/v1/models`."""

import json

from starlette.responses import Response

from reconciler.sandbox import model_rows
from reconciler.sandbox.call import Call, json_list, json_text


async def index(call: Call) -> Response:
    """`GET /models`: base models, trained models and their checkpoints; no paging."""
    return json_list(model_rows.bodies(call.store, call.before()))


async def retrieve(call: Call) -> Response:
    """`GET /models/{model}`."""
    return json_text(model_rows.body(call.store, call.ids[0]))


async def delete(call: Call) -> Response:
    """`DELETE /models/{model}`: trained models only."""
    model_rows.delete(call.store, call.ids[0], call.now)
    return json_text(json.dumps({"id": call.ids[0], "object": "model", "deleted": True}))
