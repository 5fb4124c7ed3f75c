"""How many requests a plan makes: by pages, whatever the number of resources (design §13)."""

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset

FILES, JOBS = 201, 201
LISTS = {
    "GET /v1/files": 1,  # ⌈201 / 10,000⌉
    "GET /v1/fine_tuning/jobs": 3,  # ⌈201 / 100⌉
    "GET /v1/models": 1,
}


@pytest.fixture
def large(demo: Project, slow: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """So many files, and a job for each, at a simulator that trains none of them yet."""
    monkeypatch.setattr("os.fdatasync", lambda _: None)  # this disk need not survive
    slow.serves(demo)
    for number in range(FILES):
        demo.write(f"data/d{number}.jsonl", dataset(10, f"t{number}"))
    demo.save(
        files={f"d{number}": {"path": f"data/d{number}.jsonl"} for number in range(FILES)},
        jobs={
            f"j{number}": {"model": MODEL, "training_file": f"d{number}", "seed": 1}
            for number in range(JOBS)
        },
    )
    return demo


def counted(project: Project, box: Sandbox) -> dict[str, int]:
    """The requests of one plan, by route."""
    before = box.requests()
    project.run("plan")
    after = box.requests()
    return {
        route: n - before.get(route, 0) for route, n in after.items() if n > before.get(route, 0)
    }


def test_a_plan_of_many_resources(large: Project, slow: Sandbox) -> None:
    """Lists by the page and the models once; one GET more for each recorded id that is gone."""
    large.run("apply", "--yes").ended(0)
    assert len(slow.made("jobs")) == JOBS
    assert counted(large, slow) == LISTS
    for number in range(3):
        slow.send("DELETE", f"/files/{large.record(f'files.d{number}')['id']}")
    assert counted(large, slow) == LISTS | {"GET /v1/files/{id}": 3}
