"""The rules of what the data teach: warnings, unless the manifest denies or ignores them."""

from collections.abc import Mapping

from reconciler.rules.rule import Rule, quality

QUALITY: Mapping[str, Rule] = {
    "duplicate-rows": quality(
        "The same example stands more than once in the file, byte by byte. It is paid for each "
        "time, "
        "and counts as often as it stands. Those on the first four million lines are compared.",
        "Remove the repeats. If they are there to weigh more, ignore the finding with that reason.",
    ),
    "train-valid-overlap": quality(
        "Examples of the validation file are in the training file, too. The model has seen them, "
        "so "
        "that the validation loss says less than it seems to.",
        "Remove them from one of the two files.",
    ),
    "over-long": quality(
        "An example is longer than about 65,536 tokens (its bytes in UTF-8 by four). Models cut an "
        "example at the context that they train with, and what is beyond it, often the answer, is "
        "not learned. Azure's table of models gives that number for gpt-4o and gpt-4o-mini; older "
        "models have less, and of later ones none is known.",
        "Shorten or split the example.",
    ),
    "empty-answer": quality(
        "The assistant answers nothing, or white space. A model learns to say nothing from it.",
        "Write the answer, or remove the example.",
        bad='{"messages": [{"role": "user", "content": "q"}, '
        '{"role": "assistant", "content": ""}]}',
        good='{"messages": [{"role": "user", "content": "q"}, '
        '{"role": "assistant", "content": "a"}]}',
    ),
    "imbalance": quality(
        "The answers are a few short labels, and nine of ten examples have the same one. A model "
        "does well on such data by always saying it.",
        "Add examples of the other labels, or leave out some of this one.",
    ),
    "secret-in-data": quality(
        "Something looks like an API key, a token, a private key or a password. A model can repeat "
        "what it was trained on, and the file goes to the endpoint.",
        "Revoke the secret, and put a placeholder in its place. What says `example` or `xxxxxx` is "
        "taken for one.",
    ),
    "personal-data": quality(
        "Something looks like an e-mail address, a phone, card, IBAN or social security number. A "
        "model can repeat what it was trained on, and the file goes to the endpoint. Addresses at "
        "example.com and the like, and numbers that are kept for fiction, are not meant.",
        "Replace it, or ignore the finding with the reason why it may be there.",
    ),
    "system-drift": quality(
        "Nine of ten examples have the same system prompt, and these have another one, or none: "
        "often an older wording that was left behind. A model learns the most from the prompt that "
        "it is asked with later.",
        "Give them the same system prompt, or take what they are about into another file.",
    ),
    "system-mismatch": quality(
        "The training file has one system prompt, and the validation file another one, or none: "
        "what "
        "is measured is not what is trained.",
        "Use the same system prompt in both.",
    ),
}
