"""What the environment tells of the CI run that this is part of; empty where there is none."""

from collections.abc import Mapping


def run_url(environ: Mapping[str, str]) -> str:
    """The page of this CI run: GitHub's parts, or GitLab's whole."""
    if run := environ.get("GITHUB_RUN_ID"):
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        return f"{server}/{environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
    return environ.get("CI_JOB_URL", "")


def commit(environ: Mapping[str, str]) -> str:
    """The commit that was checked out."""
    return environ.get("GITHUB_SHA") or environ.get("CI_COMMIT_SHA", "")
