"""The verb of `/chat/completions`."""

from collections.abc import Mapping

from reconciler.api.call import Call, json_payload
from reconciler.api.caller import Caller
from reconciler.api.reply import Json

# Seconds for one completion: a reasoning model thinks for minutes before it answers.
COMPLETION = 300.0


class Chat(Caller):
    """Chat, to check what a model learned."""

    def chat(self, body: Mapping[str, object]) -> Json:
        """One completion of `body`, not streamed; tried again while that may help.

        It makes nothing that lasts, so it may be repeated; a lost answer costs its tokens.
        """
        payload = json_payload(body)
        return self.ask(Call("POST", "/chat/completions", payload=payload, seconds=COMPLETION))
