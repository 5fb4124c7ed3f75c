"""One comment on a pull request: made, kept up to date, marked, read back, and never forged."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.cli import Project, Sandbox, dataset
from tests.support.forges import COMMIT, TOKEN, US, Fault, Host, forge, github, gitlab

Environ = Callable[..., dict[str, str]]


@pytest.fixture
def host() -> Iterator[Host]:
    """GitHub and GitLab in one."""
    with forge() as running:
        yield running


@pytest.fixture(params=["github", "gitlab"])
def ci(request: pytest.FixtureRequest, host: Host, demo: Project) -> Environ:
    """The environment of either CI system, by pull request."""
    if request.param == "github":
        return lambda pull=7: github(host, demo, pull)
    return lambda pull=7: gitlab(host, pull)


PAGES: dict[bytes, str] = {}


def page(demo: Project) -> str:
    """The plan of a new project as Markdown; made once for the same data."""
    data = (demo.root / "data/train.jsonl").read_bytes()
    if data not in PAGES:
        PAGES[data] = demo.run("plan", "--format", "markdown").ended(0).out
    return PAGES[data]


def test_one_comment_is_kept_up_to_date(demo: Project, host: Host, ci: Environ) -> None:
    """The first plan creates it, the next one replaces its text, an equal one changes nothing."""
    host.add(7, "LGTM", "anna")
    first = page(demo)
    assert "created: comment on" in demo.run("comment", stdin=first, **ci()).ended(0).out
    assert host.bodies(7) == ["LGTM", first]
    demo.write("data/train.jsonl", dataset(13))
    second = page(demo)
    assert demo.run("comment", stdin=second, **ci()).ended(0).out.startswith("updated: ")
    assert host.bodies(7) == ["LGTM", second]
    before = host.writes()
    assert demo.run("comment", stdin=second, **ci()).ended(0).out.startswith("unchanged: ")
    assert host.writes() == before
    assert TOKEN not in "".join(host.bodies(7))


def test_only_ours_is_touched(demo: Project, host: Host) -> None:
    """Not what somebody else wrote with our mark, nor what we wrote of another environment."""
    text = page(demo)
    forged = text.replace("truncated=0", "truncated=1")
    other = text.replace("project=demo", "project=demo env=prod")
    host.add(7, forged, "mallory")
    host.add(7, other)
    demo.run("comment", stdin=text, **github(host, demo)).ended(0)
    assert host.bodies(7) == [forged, other, text]


def test_of_several_the_oldest_stays(demo: Project, host: Host) -> None:
    """Two runs at once may both have made one; the next run leaves one."""
    text = page(demo)
    first = host.add(7, text)
    host.add(7, text)
    demo.run("comment", stdin=text, **github(host, demo)).ended(0)
    assert host.notes[7] == [first]


def test_it_is_found_behind_many_others(demo: Project, host: Host) -> None:
    """All pages of a long discussion are read."""
    for number in range(130):
        host.add(7, f"comment {number}", "anna")
    text = page(demo)
    ours = host.add(7, text.replace("demo:", "old:"))
    demo.run("comment", stdin=text, **github(host, demo)).ended(0)
    assert (ours.body, len(host.notes[7])) == (text, 131)


def test_when_nothing_is_to_do(demo: Project, host: Host) -> None:
    """`auto` begins no comment for it, `always` does, and `changes` takes one away."""
    demo.run("apply", "--yes", "--wait").ended(0)
    quiet, ci = demo.run("plan", "--format", "markdown").ended(0).out, github(host, demo)
    assert "demo: nothing to do" in quiet
    assert demo.run("comment", stdin=quiet, **ci).ended(0).out.startswith("not needed: ")
    assert host.bodies(7) == []
    demo.run("comment", "--when", "always", stdin=quiet, **ci).ended(0)
    assert host.bodies(7) == [quiet]
    gone = demo.run("comment", "--when", "changes", stdin=quiet, **ci).ended(0).out
    assert (gone.partition(":")[0], host.bodies(7)) == ("deleted", [])
    demo.run("comment", "--when", "changes", stdin=quiet, **ci).ended(0)
    host.add(7, quiet.replace("nothing to do", "1 to create"))
    demo.run("comment", stdin=quiet, **ci).ended(0)
    assert host.bodies(7) == [quiet]


def test_a_plan_that_is_refused_begins_a_comment(demo: Project, host: Host) -> None:
    """Although nothing would be done: the check is red, and somebody wants to know why."""
    demo.save(**{"import": [{"to": "jobs.bot", "id": "ftjob-none"}]})
    refused, ci = demo.run("plan", "--format", "markdown").ended(3).out, github(host, demo)
    assert "### demo: **refused**, " in refused
    assert "in sync" not in demo.run("plan").ended(3).out
    demo.run("comment", stdin=refused, **ci).ended(0)
    demo.run("comment", "--when", "changes", stdin=refused, **ci).ended(0)
    assert host.bodies(7) == [refused]


def test_a_failure_that_stands_begins_a_comment(served: Project, box: Sandbox, host: Host) -> None:
    """Nothing is to do, and the plan ends with 1."""
    box.fault("broken_jobs", times=1)
    served.run("apply", "--yes", "--wait").ended(1)
    failed, ci = served.run("plan", "--format", "markdown").ended(1).out, github(host, served)
    assert "### demo: nothing to do · 1 file in sync, 1 job failed" in failed
    served.run("comment", stdin=failed, **ci).ended(0)
    served.run("comment", "--when", "changes", stdin=failed, **ci).ended(0)
    assert host.bodies(7) == [failed]


def test_it_is_marked_as_applied(demo: Project, host: Host, ci: Environ) -> None:
    """The pull request that brought the commit says so in its heading, once, whatever came."""
    text = page(demo)
    host.add(7, text, host.me)
    host.brought[COMMIT] = 7
    demo.run("comment", "--applied", "5", **ci(None)).ended(0)
    assert "· [**apply ended with exit 5** " in host.bodies(7)[0].splitlines()[1]
    demo.run("comment", "--applied", "0", **ci(None)).ended(0)
    (body,) = host.bodies(7)
    heading = body.splitlines()[1]
    assert heading.startswith(text.splitlines()[1])
    assert heading.count("· [applied ") == 1
    assert "exit 5" not in heading
    assert body.splitlines()[2:] == text.splitlines()[2:]


def test_what_was_reviewed_is_told(demo: Project, host: Host, ci: Environ) -> None:
    """The digest of our own comment on the pull request that brought this commit."""
    text = page(demo)
    host.add(7, text.replace(f"{'digest='}", "digest=0", 1), "mallory")
    host.add(7, text, host.me)
    host.brought[COMMIT] = 7
    digest = demo.run("comment", "--reviewed", **ci(None)).ended(0).out.strip()
    assert f"digest={digest} truncated=0" in text
    demo.run("apply", "--expect", digest, "--wait").ended(0)


def test_what_is_cut_or_missing_approves_nothing(demo: Project, host: Host) -> None:
    """Exit 3, and no digest on stdout."""
    host.brought[COMMIT] = 7
    ci = github(host, demo, None)
    none = demo.run("comment", "--reviewed", **ci).ended(3)
    assert none.error["why"] == "no comment says it"
    host.add(7, page(demo).replace("truncated=0", "truncated=1"))
    cut = demo.run("comment", "--reviewed", **ci).ended(3)
    assert (cut.out, cut.error["why"]) == ("", "its comment is cut, and approves nothing")


def test_a_commit_that_no_pull_request_brought(demo: Project, host: Host) -> None:
    """There is nothing to mark; what wants to be posted has no place."""
    ci = github(host, demo, None)
    assert "nothing was marked" in demo.run("comment", "--applied", "0", **ci).ended(0).err
    said = demo.run("comment", stdin=page(demo), **ci).ended(64)
    assert said.error["cure"] == "reconciler comment --number NUMBER"
    demo.run("comment", "--number", "9", stdin=page(demo), **ci).ended(0)
    assert len(host.bodies(9)) == 1


@pytest.mark.usefixtures("impatient")
def test_a_comment_whose_reply_was_lost_is_not_made_twice(demo: Project, host: Host) -> None:
    """It is looked for before it is sent again; what was not made is sent again."""
    text, ci = page(demo), github(host, demo)
    host.faults.append(Fault("POST", 200, is_done=True, body=b"<html>"))  # of the first POST
    host.faults[:0] = [Fault("GET", 502)]
    demo.run("comment", stdin=text, **ci).ended(0)
    assert host.bodies(7) == [text]
    host.notes.clear()
    host.seen.clear()
    host.faults += [Fault("POST", 0)]
    demo.run("comment", stdin=text, **ci).ended(0)
    assert host.bodies(7) == [text]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("is_done", [True, False])
def test_a_create_in_doubt(demo: Project, host: Host, is_done: bool) -> None:
    """One comment, whether the first one came to be or not."""
    text, ci = page(demo), gitlab(host)
    host.faults.append(Fault("POST", 0, is_done=is_done))
    demo.run("comment", stdin=text, **ci).ended(0)
    assert host.bodies(7) == [text]
    assert len(host.writes()) == 2 - is_done


@pytest.mark.usefixtures("impatient")
def test_a_limit_that_passes_is_waited_out(demo: Project, host: Host) -> None:
    """GitHub tells some limits with 403."""
    host.faults += [
        Fault("POST", 403, {"Retry-After": "0"}),
        Fault("POST", 429, {"Retry-After": "0"}),
    ]
    demo.run("comment", stdin=page(demo), **github(host, demo)).ended(0)
    assert len(host.bodies(7)) == 1


@pytest.mark.usefixtures("impatient")
def test_a_host_that_refuses(demo: Project, host: Host) -> None:
    """What, where, why and cure, without the token; nothing of the host's words is obeyed."""
    text, ci = page(demo), github(host, demo)
    wrong = demo.run("comment", stdin=text, **ci | {"GITHUB_TOKEN": "wrong"}).ended(1)
    assert wrong.error["what"] == "GitHub refused the token (401)"
    body = b'{"message": "\\u001b[2J::error::x ' + TOKEN.encode() + b'"}'
    host.faults.append(Fault("GET", 403, body=body))
    said = demo.run("comment", stdin=text, **ci).ended(1)
    assert said.error["what"] == "GitHub refused the request (403)"
    assert "pull-requests: write" in said.error["cure"]
    assert said.error["why"] == r'"\x1b[2J::error::x [key]"'
    assert TOKEN not in said.all
    host.faults += [Fault("*", 500)] * 6
    failed = demo.run("comment", stdin=text, **ci).ended(1)
    assert failed.error["what"] == "GitHub failed (500)"


@pytest.mark.parametrize(
    ("environ", "code", "what"),
    [
        ({}, 64, "there is no telling where to comment"),
        ({"GITHUB_ACTIONS": "true"}, 1, "no token for GitHub"),
        ({"GITHUB_ACTIONS": "true", "GH_TOKEN": TOKEN}, 64, "which repository it is"),
        (
            {"GITHUB_ACTIONS": "true", "GH_TOKEN": TOKEN, "GITHUB_REPOSITORY": "a/../b"},
            64,
            "which repository it is",
        ),
        ({"GITLAB_CI": "true", "CI_PROJECT_ID": "1"}, 1, "no token for GitLab"),
        (
            {
                "GITLAB_CI": "true",
                "CI_PROJECT_ID": "1",
                "GITLAB_TOKEN": TOKEN,
                "CI_API_V4_URL": "http://gitlab.example/api/v4",
            },
            3,
            "refused: no token is sent to gitlab.example",
        ),
        (
            {"GITLAB_CI": "true", "CI_PROJECT_ID": "1", "GITLAB_TOKEN": f"{TOKEN}\n"},
            1,
            "the token in GITLAB_TOKEN cannot be used",
        ),
    ],
)
def test_without_a_place_or_a_token(
    demo: Project, environ: dict[str, str], code: int, what: str
) -> None:
    """Nothing is sent, and what is missing is named."""
    said = demo.run("comment", stdin=page(demo), **environ).ended(code)
    assert what in said.error["what"]
    assert TOKEN not in said.all


def test_what_is_no_page(demo: Project, host: Host) -> None:
    """Nothing but what `plan` wrote is posted: not a saved plan, not a text of somebody."""
    ci = github(host, demo)
    demo.run("plan", "--out", "plan.json").ended(0)
    for arguments, stdin in ((("plan.json",), ""), ((), "hello"), ((), f"\n{page(demo)}")):
        said = demo.run("comment", *arguments, stdin=stdin, **ci).ended(65)
        assert "not the page of a plan" in said.err
    said = demo.run("comment", stdin=page(demo) + "x" * 70_000, **ci).ended(65)
    assert "longer than GitHub takes" in said.err
    demo.run("comment", "missing.md", **ci).ended(1)
    demo.run("comment", "plan.json", "--reviewed", **ci).ended(64)
    assert host.writes() == []


def test_as_json(demo: Project, host: Host) -> None:
    """What was done, and where."""
    said = demo.run("comment", "--json", stdin=page(demo), **github(host, demo)).ended(0)
    assert said.json["done"] == "created"
    assert said.json["url"].startswith("https://github.com/")
    assert host.notes[7][0].author == US
