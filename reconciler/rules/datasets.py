"""The rules of a dataset's form: lines, keys, messages, tools; what the API would refuse."""

from collections.abc import Mapping

from reconciler.rules.rule import Rule, error, warning

_QUESTION = '{"role": "user", "content": "Where is my order?"}'
_ANSWER = '{"role": "assistant", "content": "On its way."}'
_CALL = (
    '{"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": '
    '{"name": "track", "arguments": "{}"}}]}'
)


def _chat(*messages: str, rest: str = "") -> str:
    return f'{{"messages": [{", ".join(messages)}]{rest}}}'


_GOOD = _chat(_QUESTION, _ANSWER)
_SIDES = '"preferred_output": [{}], "non_preferred_output": [{}]'
_OTHER = '{"role": "assistant", "content": "No idea."}'
_DPO = f'{{"input": {_chat(_QUESTION)}, {_SIDES.format(_ANSWER, _OTHER)}}}'

DATASETS: Mapping[str, Rule] = {
    # Lines
    "not-json": error(
        "Every line of a dataset is one JSON object. The API refuses the upload, or fails the job.",
        "Correct the line; one example a line, without line breaks inside.",
        bad='{"messages": [',
        good=_GOOD,
    ),
    "not-an-object": error(
        "Every line is an object, and so is every message; this is something else.",
        "Write `{…}`.",
        bad='["Where is my order?", "On its way."]',
        good=_GOOD,
    ),
    "bad-utf8": error("Datasets are UTF-8; other encodings arrive garbled.", "Save it as UTF-8."),
    "bom": warning(
        "A byte order mark is not JSON; some servers refuse the first line for it.",
        "Save the file as UTF-8 without BOM.",
    ),
    "blank-line": warning(
        "A blank line is no example; some servers count it, some refuse it.", "Remove it."
    ),
    "crlf": warning(
        "The lines end with CR and LF. JSON readers do not mind; tools that count or compare lines "
        "may, and the same data with LF has another digest, so that it is trained again.",
        "Save the file with LF, or let git keep it so: `*.jsonl text eol=lf` in .gitattributes.",
    ),
    "line-too-long": error(
        "A line is longer than 64 MiB, and no example that a model could be trained on.",
        "One example a line; a newline may be missing.",
    ),
    "lone-surrogate": error(
        "Half of a character (\\ud800 … \\udfff) cannot be written as UTF-8; readers disagree on "
        "it.",
        "Remove it, or write the line anew.",
        bad='{"prompt": "\\ud83d", "completion": "hi"}',
        good='{"prompt": "\\ud83d\\ude00", "completion": "hi"}',
    ),
    "number-too-long": error(
        "A number has more digits than any reader keeps.", "Write it as text, or shorter."
    ),
    "nan": error(
        "NaN and infinities are not JSON, nor are numbers so large that readers take them for one.",
        "Remove it, or write it as text.",
        bad='{"messages": [], "score": NaN}',
    ),
    # The file
    "other-format": error(
        "The lines are of another format than the entry's `format` says.",
        "Correct the data or `format`; `auto` reads it from the data.",
    ),
    "format-not-method": error(
        "The job's method does not train on data of this format: supervised jobs take chat (the "
        "oldest models: prompt and completion), `dpo` jobs preferences, and reinforcement jobs "
        "examples that end with the user's message. The API fails the job after it is queued.",
        "Name a dataset of that format, or correct the job's method.",
    ),
    "missing-item-key": error(
        "A grader of the job reads `{{item.KEY}}`, and not every example has that key: it would "
        "be graded against nothing.",
        "Give every example the key, or correct the grader's template.",
    ),
    "mixed-formats": error(
        "A file holds examples of one format: chat, dpo, reinforcement or completion. A job trains "
        "with one method, and the API fails it for a line of another one.",
        "One file a format.",
    ),
    "too-few-examples": error(
        "The API fails a job whose training file has fewer than 10 examples, after it was queued.",
        "Add examples; 50 to 100 are a good start.",
    ),
    # Keys
    "extra-key": error(
        'A key that the API does not know fails the job: "Example 1 contains an extra ...".',
        "Remove it. `weight` belongs inside an assistant message.",
        bad=_chat(_QUESTION, _ANSWER, rest=', "id": 7'),
        good=_GOOD,
    ),
    "message-key": warning(
        "A message has a key that is not documented for its role. Endpoints differ: some ignore "
        "it, "
        "some fail the job.",
        "Remove it.",
        bad=_chat(_QUESTION, '{"role": "assistant", "content": "On its way.", "time": 3}'),
        good=_GOOD,
    ),
    # Messages
    "missing-messages": error(
        "A chat example has a list `messages` with at least one message, and so has the `input` "
        "of a "
        "preference; each side of a preference is such a list.",
        'Write `{"messages": […]}`.',
        bad='{"messages": []}',
        good=_GOOD,
    ),
    "missing-role": error(
        "Every message has a role: system, developer, user, assistant or tool.",
        'Add "role".',
        bad=_chat('{"content": "Where is my order?"}', _ANSWER),
        good=_GOOD,
    ),
    "unknown-role": error(
        "The API knows system, developer, user, assistant, tool and the deprecated function.",
        "Use one of them.",
        bad=_chat('{"role": "human", "content": "Where is my order?"}', _ANSWER),
        good=_GOOD,
    ),
    "missing-content": error(
        "A message has content; an assistant's may have tool calls instead.",
        'Add "content": a text, or a list of parts.',
        bad=_chat('{"role": "user"}', _ANSWER),
        good=_GOOD,
    ),
    "bad-content": error(
        "Content is text, or a list of parts: texts, and images in what the user says. Audio and "
        "files cannot be trained on.",
        'A text, or `{"type": "text", "text": …}`, `{"type": "image_url", "image_url": {"url": '
        "…}}`.",
        bad=_chat('{"role": "user", "content": 7}', _ANSWER),
        good=_GOOD,
    ),
    "image-not-user": error(
        "Images are part of what a user says; other roles are text.",
        "Move the image to a message of the user.",
    ),
    "bad-image": warning(
        "An image is an address, or JPEG, PNG or WEBP of at most 10 MB that is written as base64. "
        "OpenAI's guide says that others can be skipped: the example is then trained on, and paid "
        "for, without what it is about. Whether an address can be read is not looked at.",
        "Convert or shrink the image; `data:image/png;base64,…` names its form.",
    ),
    "too-many-images": warning(
        "OpenAI's guide allows ten images an example (Azure's 64); more may fail the job.",
        "Split the example, or leave images out.",
    ),
    "no-assistant": error(
        "Training needs an assistant message in each example, and on each side of a preference: it "
        "is what is learned.",
        'Add a message with "role": "assistant".',
        bad=_chat('{"role": "system", "content": "Be short."}'),
        good=_GOOD,
    ),
    "last-not-assistant": error(
        "A supervised example ends with the assistant's message; what follows it teaches nothing.",
        "End with the assistant's message.",
        bad=_chat(_QUESTION, _ANSWER, '{"role": "system", "content": "Thanks."}'),
        good=_GOOD,
    ),
    "last-not-user": error(
        "An example for reinforcement ends with the user's message: the model in training "
        "answers it, "
        "and graders judge the answer.",
        "End with the user's message; a reference answer goes under a key of its own.",
        bad=_chat(_QUESTION, _ANSWER, rest=', "answer": "On its way."'),
        good=_chat(_QUESTION, rest=', "answer": "On its way."'),
    ),
    "bad-weight": error(
        "The weight of an assistant's message is 0 (not learned from) or 1 (the default).",
        "Write 0 or 1, or leave it out.",
        bad=_chat(_QUESTION, '{"role": "assistant", "content": "On its way.", "weight": 0.5}'),
        good=_chat(_QUESTION, '{"role": "assistant", "content": "On its way.", "weight": 1}'),
    ),
    "nothing-to-learn": warning(
        "Each assistant message of the example has the weight 0: it is paid for, and teaches "
        "nothing.",
        "Give a message the weight 1, or remove the example.",
        bad=_chat(_QUESTION, '{"role": "assistant", "content": "On its way.", "weight": 0}'),
        good=_GOOD,
    ),
    # Tools
    "bad-tools": error(
        "`tools` is a list of functions with names and parameters, at most 128; `functions` is its "
        "deprecated form.",
        '`{"type": "function", "function": {"name": …, "parameters": {…}}}`.',
        bad=_chat(_QUESTION, _ANSWER, rest=', "tools": ["track"]'),
        good=_chat(
            _QUESTION,
            _ANSWER,
            rest=', "tools": [{"type": "function", "function": {"name": "track"}}]',
        ),
    ),
    "bad-tool-call": error(
        "A tool call has an id, the type `function`, and a function with a name and arguments, "
        "which "
        "are the text of a JSON object.",
        '`{"id": …, "type": "function", "function": {"name": …, "arguments": "{…}"}}`.',
        bad=_chat(_QUESTION, _CALL.replace('"arguments": "{}"', '"arguments": {}')),
    ),
    "bad-arguments": warning(
        "The arguments of a tool call are not the text of a JSON object. A model that learns "
        "from it "
        "calls tools with arguments that no program can read.",
        "Write the arguments as the text of a JSON object.",
    ),
    "missing-tool-call-id": error(
        "A message of a tool says by `tool_call_id` which call it answers.",
        "Add the id of the call.",
    ),
    "unmatched-tool-call": error(
        "A message of a tool answers a call, and no assistant message just before it makes that "
        "call.",
        'Give the assistant\'s message before it "tool_calls" with that id.',
    ),
    "unanswered-tool-call": warning(
        "The assistant calls a tool, the conversation goes on, and no message answers the call. "
        "The "
        "chat API refuses such a conversation, so that a model would be trained on what never "
        "comes.",
        'Add a message with "role": "tool" and the id of the call.',
    ),
    "undeclared-tool": warning(
        "The assistant calls a function that the example does not declare under `tools`. The model "
        "learns to call what it was not told of.",
        'Declare it under "tools", as requests to the model will.',
    ),
    # Preferences
    "role-of-output": error(
        "The two sides of a preference are answers: messages of the assistant (Azure: and of "
        "tools).",
        "Move the question to `input`.",
        bad=f'{{"input": {_chat(_QUESTION)}, {_SIDES.format(_QUESTION, _OTHER)}}}',
        good=_DPO,
    ),
    "many-outputs": warning(
        "OpenAI takes exactly one message on each side of a preference; Azure takes more.",
        "One message of the assistant a side.",
    ),
    "same-outputs": warning(
        "The preferred and the non-preferred answer are the same: nothing can be learned from it.",
        "Remove the example, or correct one of the answers.",
        bad=f'{{"input": {_chat(_QUESTION)}, {_SIDES.format(_ANSWER, _ANSWER)}}}',
        good=_DPO,
    ),
}
