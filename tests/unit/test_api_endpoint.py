import pytest

from reconciler.api import DIALECTS, Endpoint, dialect_of, resolve_endpoint
from reconciler.errors import ExitCode, ReconcilerError, Refusal, UsageError

KEY = "sk-proj-0123456789abcdef"
ENVIRON = {"OPENAI_API_KEY": KEY}


def resolve(kind: str = "openai", base_url: str | None = None, **environ: str) -> Endpoint:
    """The endpoint for a manifest without organization and project."""
    return resolve_endpoint(kind, base_url, None, None, {**ENVIRON, **environ})


def test_openai_needs_a_key_alone() -> None:
    """Kind openai knows its own base URL."""
    endpoint = resolve()
    assert endpoint.base_url == "https://api.openai.com/v1"
    assert (endpoint.key, endpoint.key_source) == (KEY, "OPENAI_API_KEY")
    assert endpoint.key_note == "key from OPENAI_API_KEY (24 characters)"


def test_the_key_is_never_shown() -> None:
    """Neither `repr` nor `str` of an endpoint holds it."""
    assert KEY not in f"{resolve()!r} {resolve()}"


def test_the_environment_fills_what_the_manifest_leaves_out() -> None:
    """The reviewed value wins; an unset one comes from the environment."""
    environ = {
        **ENVIRON,
        "OPENAI_ORG_ID": "org-env",
        "OPENAI_PROJECT_ID": "proj-env",
        "OPENAI_BASE_URL": "https://gateway.example/openai/v1/",
    }
    filled = resolve_endpoint("openai", None, None, None, environ)
    assert filled.identity == ("https://gateway.example/openai/v1", "org-env", "proj-env")
    url = "https://api.openai.com/v1"
    reviewed = resolve_endpoint("openai", url, "org-1", "proj-1", environ)
    assert reviewed.identity == (url, "org-1", "proj-1")


TRUSTED = [
    ("openai", "https://api.openai.com/v1", {}),
    ("openai", "https://API.OpenAI.com:443/v1/", {}),
    ("azure", "https://mine.openai.azure.com/openai/v1", {"AZURE_OPENAI_API_KEY": KEY}),
    ("compatible", "http://localhost:4000/v1", {}),
    ("compatible", "http://127.0.0.9:4000", {}),
    ("compatible", "http://[::1]:4000", {}),
    ("compatible", "https://llm.example", {"RECONCILER_ALLOWED_HOSTS": "a.example, LLM.example"}),
    ("compatible", "https://llm.example:8443", {"RECONCILER_ALLOWED_HOSTS": "llm.example:8443"}),
    ("compatible", "https://llm.example:8443", {"RECONCILER_ALLOWED_HOSTS": "llm.example"}),
    ("compatible", "https://llm.example/v2", {"OPENAI_BASE_URL": "https://llm.example/v1"}),
]


@pytest.mark.parametrize(("kind", "url", "environ"), TRUSTED)
def test_a_trusted_host_is_sent_the_key(kind: str, url: str, environ: dict[str, str]) -> None:
    """The kind's own host, loopback, and what the operator lists."""
    assert resolve(kind, url, **environ).key == KEY


UNTRUSTED = [
    ("openai", "https://llm.example/v1", {}),
    ("openai", "https://api.openai.com.evil.example/v1", {}),
    ("openai", "https://evil-api.openai.com/v1", {}),
    ("openai", "https://api.openai.com:8443/v1", {}),
    ("openai", "https://mine.openai.azure.com/openai/v1", {}),
    ("openai", "http://api.openai.com/v1", {}),
    ("azure", "https://openai.azure.com/openai/v1", {}),
    ("azure", "https://evilopenai.azure.com/openai/v1", {}),
    ("azure", "https://x.openai.azure.com.evil.example/v1", {}),
    ("compatible", "https://api.openai.com/v1", {}),
    ("compatible", "https://169.254.169.254/v1", {}),
    ("compatible", "https://0.0.0.0/v1", {}),
    ("compatible", "https://localhost.evil.example/v1", {}),
    ("compatible", "http://llm.example", {"RECONCILER_ALLOWED_HOSTS": "llm.example"}),
    ("compatible", "https://llm.example:1", {"RECONCILER_ALLOWED_HOSTS": "llm.example:2"}),
    ("compatible", "https://sub.llm.example", {"RECONCILER_ALLOWED_HOSTS": "llm.example"}),
    ("compatible", "https://llm.example:1", {"OPENAI_BASE_URL": "https://llm.example:2"}),
]


@pytest.mark.parametrize(("kind", "url", "environ"), UNTRUSTED)
def test_no_other_host_is_sent_the_key(kind: str, url: str, environ: dict[str, str]) -> None:
    """A manifest cannot send the key where it likes."""
    with pytest.raises(Refusal, match=r"^refused: no key is sent to ") as caught:
        resolve(kind, url, **environ)
    assert caught.value.exit_code is ExitCode.REFUSED
    assert KEY not in repr(vars(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pw12345678@api.openai.com/v1",
        "https://api.openai.com@evil.example/v1",
        "https://api.openai.com\\@evil.example/v1",
        "https://api.openai.com/v1?x=1",
        "https://api.openai.com/v1#x",
        "https://api.ope\tnai.com/v1",
        " https://api.openai.com/v1",
        "https://api.openai.com:99999/v1",
        "https://api.openai.com:x/v1",
        "https://[::1/v1",
        "https:///v1",
        "https://\uff41pi.openai.com/v1",
        "ftp://api.openai.com/v1",
        "api.openai.com/v1",
        "file:///etc/passwd",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    """Whatever hides a host, or holds a secret, is no base URL; it is not repeated."""
    with pytest.raises(Refusal, match="is not the address of an API") as caught:
        resolve("openai", url)
    assert "pw12345678" not in repr(vars(caught.value))


def test_no_key_says_how_to_go_on() -> None:
    """The words name the variable, and what works without a key."""
    with pytest.raises(ReconcilerError) as caught:
        resolve_endpoint("openai", None, None, None, {})
    error = caught.value
    assert (error.what, error.why) == ("no key for openai", "OPENAI_API_KEY is not set")
    assert "provider kind sandbox" in error.cure
    assert error.exit_code is ExitCode.FAILED


@pytest.mark.parametrize("key", ["sk-a\n", " sk-a", "sk a", "sk-é", "sk\x00a", "\n"])
def test_a_key_that_cannot_be_one_is_not_sent(key: str) -> None:
    """White space and odd characters are told before anything goes out."""
    with pytest.raises(ReconcilerError, match="the key in OPENAI_API_KEY cannot be used"):
        resolve(OPENAI_API_KEY=key)


@pytest.mark.parametrize("value", ["org\r\nX-Evil: 1", "örg", "org "])
def test_an_organization_cannot_smuggle_a_header(value: str) -> None:
    """What goes into a header is printable ASCII."""
    with pytest.raises(ReconcilerError, match="organization"):
        resolve_endpoint("openai", None, value, None, ENVIRON)
    with pytest.raises(ReconcilerError, match="project"):
        resolve_endpoint("openai", None, None, value, ENVIRON)


def test_the_sandbox_reads_no_environment() -> None:
    """Its key is fixed, and its identity does not depend on the port of the day."""
    environ = {**ENVIRON, "OPENAI_BASE_URL": "https://x.example", "OPENAI_ORG_ID": "org-1"}
    first = resolve_endpoint("sandbox", "http://127.0.0.1:4001/v1", None, None, environ)
    later = resolve_endpoint("sandbox", "http://127.0.0.1:4002/v1", None, None, {})
    assert first.key != KEY
    assert first.organization is None
    assert first.identity == later.identity == ("sandbox", None, None)


def test_the_sandbox_is_on_this_machine() -> None:
    """A manifest cannot call a far server a sandbox."""
    with pytest.raises(Refusal, match="is not the sandbox"):
        resolve_endpoint("sandbox", "https://llm.example/v1", None, None, {})


def test_a_compatible_server_needs_a_base_url() -> None:
    """Nothing is guessed."""
    with pytest.raises(ReconcilerError, match="no base_url for compatible"):
        resolve("compatible")


def test_azure_takes_its_own_key_alone() -> None:
    """The key of another company is never sent there."""
    url = "https://mine.openai.azure.com/openai/v1"
    with pytest.raises(ReconcilerError, match="no key for azure"):
        resolve("azure", url)
    endpoint = resolve("azure", url, AZURE_OPENAI_API_KEY="azure-key")
    assert (endpoint.key, endpoint.key_source) == ("azure-key", "AZURE_OPENAI_API_KEY")


def test_every_kind_has_one_dialect() -> None:
    """Only the sandbox lists a create at once; an unknown kind is named with the known ones."""
    assert {kind for kind, dialect in DIALECTS.items() if dialect.lists_at_once} == {"sandbox"}
    assert all(dialect_of(kind).kind == kind for kind in DIALECTS)
    with pytest.raises(UsageError) as caught:
        dialect_of("opena\x1bi")
    assert "\x1b" not in caught.value.what
    assert "openai" in caught.value.cure
