"""The verbs of `/chat/completions`."""

from collections.abc import Generator, Mapping
from contextlib import closing

from reconciler.api.call import Call, json_payload
from reconciler.api.caller import Caller
from reconciler.api.outcome import broken, done_event
from reconciler.api.reply import Json
from reconciler.api.sse import TooLong, events

CHAT = "/chat/completions"
# Seconds for one completion: a reasoning model thinks for minutes before it answers.
COMPLETION = 300.0
# What the API sends as its last event: no JSON.
END = b"[DONE]"


class Chat(Caller):
    """Chat, to check what a model learned; a body's fields are sent as they are."""

    def chat(self, body: Mapping[str, object]) -> Json:
        """One completion of `body`, not streamed; tried again while that may help.

        It makes nothing that lasts, so it may be repeated; a lost answer costs its tokens.
        """
        return self.ask(Call("POST", CHAT, payload=json_payload(body), seconds=COMPLETION))

    def stream_chat(self, body: Mapping[str, object]) -> Generator[Json, None, None]:
        """The chunks of one completion of `body`, each as it comes; `stream` is added.

        With `stream_options: {include_usage: true}` the last chunk carries the usage, and no
        choices. Nothing is sent before the first chunk is asked for; closing the generator
        closes the connection. Tried again only while nothing came.

        Raises:
            Refused: the API takes no such request.
            Unreachable: nothing was sent.
            Unknown: an error in the stream, or its end before the completion's: what came
                is no whole answer.
        """
        payload = json_payload({**body, "stream": True})
        call = Call("POST", CHAT, payload=payload, seconds=COMPLETION)
        with closing(self.flow(call)) as blocks:
            try:
                for data in events(blocks):
                    if data.strip() == END:
                        return
                    yield done_event(self.endpoint, call, data)
            except TooLong as cause:
                raise broken(self.endpoint, call, str(cause)) from cause
        raise broken(self.endpoint, call, "the stream ended before the completion did")
