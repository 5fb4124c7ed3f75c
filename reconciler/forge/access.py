"""Which host is spoken to, for which repository and with which token: all from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.api.address import Address, parse_address
from reconciler.errors import ReconcilerError, Refusal

TOKENS = {"GitHub": ("GITHUB_TOKEN", "GH_TOKEN"), "GitLab": ("GITLAB_TOKEN",)}
"""Host → variables that hold its token, the first that is set wins."""

NEEDS = {
    "GitHub": "the job needs permissions: pull-requests: write, and a fork's has none",
    "GitLab": "it needs the scope api; CI_JOB_TOKEN cannot write comments",
}
"""What a token must be allowed to do."""


@dataclass(frozen=True, slots=True)
class Access:
    """A host and the right to use it; neither `str` nor `repr` shows the token.

    Attributes:
        name: the host's, for people.
        source: the variable that the token is from.
    """

    name: str
    address: Address
    token: str = field(repr=False)
    source: str

    @property
    def headers(self) -> dict[str, str]:
        """What says who asks, in the host's way."""
        if self.name == "GitHub":
            return {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        return {"Accept": "application/json", "PRIVATE-TOKEN": self.token}

    @property
    def note(self) -> str:
        """The token in words that give nothing of it away."""
        return f"{self.source} ({len(self.token)} characters)"


def access_to(name: str, url: str, environ: Mapping[str, str]) -> Access:
    """The host at `url`, which the CI system says; https alone, but for this machine.

    Raises:
        Refusal: a token may not be sent there.
        ReconcilerError: there is no token, or none that can be sent.
    """
    address = parse_address(url)
    if address.scheme != "https" and not address.is_loopback:
        raise Refusal(
            f"refused: no token is sent to {address.host}",
            where=str(address),
            why="http would show it to everyone on the way",
            cure="an address of the host that begins with https://",
        )
    for source in TOKENS[name]:
        if token := environ.get(source):
            _check_sendable(source, token)
            return Access(name, address, token, source)
    named = " or ".join(TOKENS[name])
    raise ReconcilerError(
        f"no token for {name}",
        where=str(address),
        why=f"{named} is not set",
        cure=f"set {TOKENS[name][0]} in the environment; {NEEDS[name]}",
    )


def _check_sendable(source: str, token: str) -> None:
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ReconcilerError(
            f"the token in {source} cannot be used",
            where=f"{source} ({len(token)} characters)",
            why="it holds white space or a character that no token has",
            cure=f"set {source} to the token alone; nothing was sent",
        )
