"""What the command line makes of each fault of the simulator at each request, as data.

A cell of TABLE is an apply during which one request goes wrong. Its letter stands for a fate: what
the apply says of it, and what the next one, with the fault gone, says. What the simulator's ledger
must hold in the end is the same for all: what the story pays for, once, and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

JOBS = "/v1/fine_tuning/jobs"


@dataclass(frozen=True)
class Fate:
    """How an apply under a fault ends, and the one after it.

    Attributes:
        code: the exit code of the apply.
        early: the exit code of an apply right after it; 5 sends nothing, and only time helps.
        waits: that apply sends nothing either, for the endpoint said to ask later.
        last: the exit code of an apply when all is over.
    """

    code: int
    early: int = 0
    last: int = 0
    waits: bool = False


FATES = {
    ".": Fate(0),  # nobody notices
    "1": Fate(1),  # told, nothing came of the request; the next apply goes on
    "5": Fate(5),  # in doubt; the next apply looks and goes on
    "t": Fate(5, waits=True),  # nothing came of it, and the next apply knows when to ask again
    "w": Fate(5, early=5),  # in doubt until a list that lacks the job is proof
    "!": Fate(1, early=1, last=1),  # a person has to decide
    "f": Fate(0, early=1, last=1),  # the same, once it is known
}


@dataclass(frozen=True)
class Place:
    """A request that an apply makes, as a fault knows it."""

    path: str
    method: str = "*"


PLACES = {
    "api": Place("/v1/f*"),
    "list": Place(JOBS, "GET"),
    "files": Place("/v1/files", "GET"),
    "models": Place("/v1/models", "GET"),
    "get": Place(f"{JOBS}/ftjob-*", "GET"),
    "upload": Place("/v1/files", "POST"),
    "part": Place("/v1/uploads/*/parts", "POST"),
    "complete": Place("/v1/uploads/*/complete", "POST"),
    "train": Place(JOBS, "POST"),
    "cancel": Place(f"{JOBS}/*/cancel", "POST"),
    "delete": Place("/v1/files/*", "DELETE"),
    "pause": Place(f"{JOBS}/*/pause", "POST"),
    "job": Place(f"{JOBS}*"),
    "file": Place("/v1/files*"),
    "events": Place(f"{JOBS}/*/events", "GET"),
    "content": Place("/v1/files/*/content", "GET"),
    "chat": Place("/v1/chat/completions", "POST"),
}


@dataclass(frozen=True)
class Case:
    """An apply under faults.

    Attributes:
        story: what was there before.
        faults: `kind@place,name=value,…`; `{ADDRESS}` is what the state records of it, as a path.
        fate: how it ends.
        jobs: how many jobs are paid for in the end.
        says: what the output of the first apply holds.
        orphans: live files that nobody knows of in the end.
    """

    story: str
    faults: tuple[str, ...]
    fate: Fate
    jobs: int
    says: str = ""
    orphans: int = 0

    def __str__(self) -> str:
        return f"{self.story}-{'+'.join(self.faults)}"


STORY_OF: Mapping[str, tuple[str, int]] = {
    "pause": ("hold", 1), "part": ("large", 1), "complete": ("large", 1),
}  # fmt: skip
"""Of a column of TABLE where it is not `edit`: the story, and the jobs that it pays for."""

TABLE = """
                                    list get upload part complete train cancel delete pause
latency,seconds=0.02                .    -   .      -    -        .     -      -      -
latency_after,seconds=0.02          .    -   .      -    -        .     -      -      -
rate_limit,times=2                  .    .   .      .    .        .     .      .      .
rate_limit,times=1,retry_after=0.1  .    -   -      -    -        .     -      -      -
rate_limit                          1    -   1      1    -        t     1      1      -
quota,times=1                       1    -   1      -    1        1     1      -      -
denied,times=1                      1    1   -      -    -        1     -      1      1
overloaded,times=1                  .    -   -      -    -        w     -      -      -
overloaded_after,times=1            .    -   -      -    -        .     -      -      -
server_error,times=1                .    -   5      -    5        w     5      .      5
server_error                        1    1   5      1    -        w     5      5      -
server_error_after,times=1          -    -   .      -    .        .     .      -      -
html,times=1                        .    -   5      -    -        w     -      -      -
html_after,times=1                  -    -   .      -    -        .     -      -      -
cut,times=1                         .    .   5      .    5        w     5      .      5
cut                                 1    1   -      1    -        -     -      5      -
cut_after,times=1                   .    .   .      .    .        .     .      .      .
cut_answer,times=1                  .    -   .      -    -        .     -      -      -
"""
"""`-` is left to a cell beside or below it: the client cannot tell it from that one."""

SAYS = {
    "rate_limit": "(429 rate_limit_exceeded)",
    "quota": "(429 insufficient_quota); not tried again",
    "denied": "(403)",
    "overloaded": "(503 server_is_overloaded)",
    "server_error": "(500)",
    "html": "the endpoint's answer is not the API's (502)",
    "cut": "no answer from 127.0.0.1",
}
"""What the error says where a cell is not `.`."""


def grid() -> Iterator[Case]:
    """Every cell of TABLE that has a fate."""
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    for fault, *letters in rows:
        kind, comma, rest = fault.partition(",")
        for place, letter in zip(head, letters, strict=True):
            if letter != "-":
                story, jobs = STORY_OF.get(place, ("edit", 2))
                says = "" if letter == "." else SAYS[kind]
                around = ("lag@list,seconds=600",) if place == "get" else ()
                faults = (*around, f"{kind}@{place}{comma}{rest}")
                yield Case(story, faults, FATES[letter], jobs, says)


SINGLES = """
late   5 1 latency@train,seconds=1,times=1 | no answer from
late   . 1 latency_after@train,seconds=1,times=1
edit   . 2 leap@cancel,times=1
hold   . 1 leap@pause,times=1
edit   . 2 leap@train,times=1 + cut_after@train,times=1

edit   . 2 lag@list,seconds=600
edit   . 2 lag@files,seconds=600
first  5 1 cut_after@train,times=1 + lag@list,seconds=600 | not listed yet
first  5 1 cut_after@upload,times=1 + lag@files,seconds=600 | not listed yet
lost   5 1 lag@list,seconds=600 | the state was lost
lost   . 1 lag@files,seconds=600
three  . 6 short_pages@api
three  5 6 short_pages@files + stuck_pages@files | is incomplete
three  5 6 short_pages@list + stuck_pages@list | is incomplete
three  . 6 short_pages@list + dropped_fields@list
edit   5 2 empty_page@files | the list of files is incomplete
edit   5 2 empty_page@list | the list of fine-tuning jobs is incomplete
edit   5 2 empty_page@models | the list of models is incomplete
three  5 6 short_pages@files + meddle@files,skip=1,times=1,method=DELETE,path={files.f2} | cursor
three  . 6 short_pages@files + lost_cursor@files + meddle@files,skip=1,method=DELETE,path={files.f2}
first  . 1 cut_after@train,times=1 + ignored_filter@list

first  . 1 not_ready@train,times=2,seconds=600
first  1 1 not_ready@train,seconds=600 | once the endpoint has read the file
edit   . 2 renamed_files@upload
first  o 1 renamed_files@upload + cut_after@upload,times=1 | not listed yet
edit   . 2 dropped_metadata@train
first  . 1 dropped_metadata@train + cut_after@train,times=1
edit   . 2 strict_fields@train
edit   t 2 job_limit@train | the maximum of 1 active requests

edit   . 2 odd_shapes@api
edit   . 2 unknown_fields@api
edit   . 2 unknown_status@job | status "reticulating_splines" of ftjob-
edit   . 2 unknown_status@file | status "reticulating_splines" of file-
edit   . 2 dropped_fields@job,fields=["status"] | tells no status
first  . 1 dropped_fields@train,fields=["id"]
edit   5 2 dropped_fields@list,fields=["id"] | an item has no usable id
edit   5 2 dropped_fields@files,fields=["data"] | a page has no data
edit   . 2 dropped_fields@file,fields=["bytes"]
edit   . 2 shutdown@models,date=2020-01-14 | shut down on 2020-01-14
first  . 1 cut_after@train,times=1+dropped_metadata@train+dropped_fields@api,fields=["created_at"]

doomed f 1 flagged_files@train
doomed f 1 broken_jobs@train
hold   . 1 unknown_status@job,status=pausing
done   ! 1 meddle@models,method=DELETE,path={jobs.bot.model} | its model was deleted
brief  . 1 leap@files,seconds=7200,times=1 | expired on

same   . 1 meddle@files,method=DELETE,path={files.train} | is gone (404); not needed
edit   . 2 meddle@delete,method=DELETE,path={files.train}
unread 1 1 meddle@train,method=DELETE,path={files.train},skip=1,times=1 | (400)
same   ! 1 meddle@list,method=POST,path={jobs.bot}/cancel | is not trained again
edit   . 2 meddle@cancel,method=POST,path={jobs.bot}/cancel
same   . 1 meddle@list,method=POST,path={jobs.bot}/pause | resume
"""
"""Where it matters what is at the endpoint, and what comes together.

Story, fate, jobs paid for, faults, and words of the first apply. The one orphan is a file whose
name and whose answer were both lost: that such endpoints keep no markers is told.
"""


def singles() -> Iterator[Case]:
    """Every line of SINGLES."""
    for line in filter(None, SINGLES.splitlines()):
        story, letter, jobs, rest = line.split(maxsplit=3)
        faults, _, says = rest.partition(" | ")
        fate, orphans = (FATES["5"], 1) if letter == "o" else (FATES[letter], 0)
        several = tuple(fault.strip() for fault in faults.split("+"))
        yield Case(story, several, fate, int(jobs), says, orphans)


CASES = (*grid(), *singles())


BY_HAND = {
    "server_error@events": ("status", 0, "jobs.bot  running"),
    "cut_answer@content": ("files content files.train -o out.jsonl", 1, "no answer from"),
    "overloaded@chat,times=1": ("chat gpt-4.1-mini Hello", 0, "tokens"),
    "cut@chat": ("chat gpt-4.1-mini Hello", 1, "no answer from"),
    "quota@chat": ("chat gpt-4.1-mini Hello", 1, "insufficient_quota); not tried again"),
    "cut_after@cancel,times=1": ("jobs cancel jobs.bot --yes", 1, "no answer from"),
    "cut_after@delete,times=1": ("files delete files.train --yes", 0, "deleted"),
    "cut@upload,times=1": ("files upload data/train.jsonl", 1, "no answer from"),
}
"""A fault → a command by hand, its exit code, and words of its output."""


def kinds() -> set[str]:
    """Every kind of fault that a case is about."""
    return {fault.partition("@")[0] for case in CASES for fault in case.faults}
