"""What looks like a key is refused, and never shown."""

import pytest

from tests.unit.manifests.specs import problems

SECRETS = {
    "sk-proj-abcdEFGH0123456789abcdEFGH": "an API key",
    "sk-0123456789abcdefghijABCDEFGHIJ0123456789abcdefgh": "an API key",
    "AKIAIOSFODNN7EXAMPLE": "an AWS access key",
    "-----BEGIN RSA PRIVATE KEY-----": "a PEM block",
    "postgresql://me:secret-word@db.example/state": "a password in a URL",
}
HARMLESS = [
    "task-0123456789abcdef0123456789abcdef",
    "sk-learn-dataset-2024-support.jsonl",
    "AKIA",
    "https://llm.example:8443/v1",
    "postgresql://me@db.example/state",
    "----- BEGIN -----",
]


def everything(text: str) -> str:
    """All words of all problems of a text."""
    return "\n".join(f"{p.what} {p.why} {p.cure} {p.where}" for p in problems(text))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("project: x\nfiles: {a: {path: 'SECRET'}}", "files.a.path"),
        ("project: x\nfiles:\n  a:\n    path: |\n      SECRET\n", "files.a.path"),
        ("project: x # SECRET\nfiles: {a: {path: b}}", "project"),
        ("project: x\nprovider: {api_key: 'SECRET'}", "provider.api_key"),
        ("project: x\nmoved: [{from: files.a, to: 'SECRET'}]", "moved[0].to"),
    ],
)
def test_a_secret_is_named_by_its_field_and_never_shown(secret: str, text: str, field: str) -> None:
    """Wherever it stands, comments included, the report has the place and not the text."""
    text = text.replace("SECRET", secret)
    leaks = [found for found in problems(text) if found.code == "secret-in-manifest"]
    assert [leak.what for leak in leaks] == [f"{field} has what looks like {SECRETS[secret]}"]
    assert leaks[0].mark
    assert secret not in everything(text)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "text",
    [
        "'SECRET': 1",
        "project: x\n'SECRET': 1",
        "project: 'SECRET'",
        "project: x\nversion: 'SECRET'",
        "project: x\nprovider: {kind: 'SECRET'}",
        "project: x\nfiles: {'SECRET': {path: 1}}",
        "project: x\nfiles: 'SECRET'",
        "project: x\nfiles: {a: {path: b, 'SECRET': 1}}",
        "project: x\na: {'SECRET': 1, 'SECRET': 2}",
        "'SECRET'",
        "a: [ 'SECRET'",
        "project: x\nimport: [{to: files.a, id: 'SECRET'}]",
    ],
)
def test_no_other_problem_shows_it(secret: str, text: str) -> None:
    """Neither as a key, a name, a wrong value, nor in a text that is not YAML."""
    text = text.replace("SECRET", secret)
    assert "secret-in-manifest" in {problem.code for problem in problems(text)}
    assert secret not in everything(text)
    assert secret[:14] not in everything(text).replace("postgresql://", "")


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text(text: str) -> None:
    """Names, paths and URLs without a password are no secrets."""
    assert problems(f"project: x\nfiles: {{a: {{path: '{text}'}}}}") == []


def test_secrets_are_found_in_what_is_not_yaml() -> None:
    """A mistake of syntax does not hide a leak."""
    text = "project: x\nkey: sk-proj-abcdEFGH0123456789abcdEFGH\na: ["
    assert [found.code for found in problems(text)] == ["secret-in-manifest", "not-yaml"]
