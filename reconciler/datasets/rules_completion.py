"""Legacy completions: a prompt and how it goes on."""

from reconciler.datasets.finding import Finding, Findings, Value, extra_keys, missing_key

KEYS = frozenset({"prompt", "completion"})


def check(value: Value) -> Findings:
    """Both keys, both texts, nothing else."""
    yield from extra_keys(value, KEYS, {})
    for key in ("prompt", "completion"):
        if key not in value:
            yield missing_key(key, 'a completion example has "prompt" and "completion"')
        elif not isinstance(value[key], str):
            yield Finding("bad-content", f'"{key}" is no text', at=(key,), cure="write a string")
