"""Legacy completions: a prompt and how it goes on."""

from reconciler.datasets.finding import Finding, Findings, Row, extra_keys, missing_key

KEYS = frozenset({"prompt", "completion"})


def check(row: Row) -> Findings:
    """Both keys, both texts, nothing else."""
    yield from extra_keys(row, KEYS, {})
    for key in ("prompt", "completion"):
        if key not in row.value:
            yield missing_key(row, key, 'a completion example has "prompt" and "completion"')
        elif not isinstance(row.value[key], str):
            yield Finding("bad-content", f'"{key}" is no text', at=(key,), cure="write a string")
