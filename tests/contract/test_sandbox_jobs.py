"""The sandbox runs fine-tuning jobs as the API does."""

import base64
import threading
from typing import Any

import openai
import pytest
from openai import BadRequestError, NotFoundError
from openai.types.fine_tuning import FineTuningJobEvent

from reconciler.sandbox import call
from reconciler.sandbox.advance import advance
from reconciler.sandbox.pace import INSTANT
from tests.contract.sandbox_kit import (
    GRADER,
    GRADERS,
    MODEL,
    PREFERENCES,
    PROMPTS,
    Box,
    chat,
    dataset,
    jsonl,
    sandbox,
)

_MOST_TOKENS = "grader.sampling_params.max_completions_tokens"


def _wandb(**settings: Any) -> dict[str, Any]:
    """A job's integrations, with settings that may be wrong."""
    return {"integrations": [{"type": "wandb", "wandb": {"project": "p"} | settings}]}


def _turn(content: object) -> dict[str, Any]:
    """What a grading model is shown: one message with that content."""
    return {"input": [{"role": "user", "content": content}]}


def test_a_job_goes_through_its_statuses() -> None:
    """Time alone moves a job on, and `auto` and the alias become what they stand for."""
    with sandbox() as box:
        job = box.job(model="gpt-4.1-mini", suffix="support", seed=7)
        assert (job.status, job.model, job.seed) == ("validating_files", "gpt-4.1-mini", 7)
        seen = []
        for _ in range(8):
            job = box.openai.fine_tuning.jobs.retrieve(job.id)
            seen.append((job.status, job.hyperparameters.n_epochs))
            box.clock.now += 1
        assert seen == [
            ("validating_files", "auto"),
            ("queued", "auto"),
            *[("running", 9)] * 5,
            ("succeeded", 9),
        ]
        assert job.model == MODEL
        name = job.fine_tuned_model
        assert name is not None
        assert name.startswith(f"ft:{MODEL}:sandbox:support:")
        assert len(name.rsplit(":", 1)[1]) == 8
        assert job.finished_at == job.created_at + 6
        assert job.trained_tokens
        assert job.model_extra is not None
        assert job.model_extra["user_provided_suffix"] == "support"


def test_an_instant_job_is_created_before_it_is_done() -> None:
    """Even at the instant pace the answer of the create shows a job that has just begun."""
    with sandbox(pace=INSTANT) as box:
        job = box.job()
        assert job.status == "validating_files"
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "succeeded"


def test_a_succeeded_job_leaves_a_model_and_results() -> None:
    """The model and the metrics file appear in their lists."""
    with sandbox() as box:
        job = box.trained(validation_file=box.upload().id)
        assert job.fine_tuned_model in [model.id for model in box.openai.models.list()]
        (result,) = box.openai.files.list(purpose="fine-tune-results").data
        assert ([result.id], result.filename) == (job.result_files, "step_metrics.csv")
        content = box.openai.files.content(result.id).read()
        assert result.bytes == len(content)
        header, *rows = base64.b64decode(content).decode().splitlines()
        assert header.startswith("step,train_loss,train_accuracy,valid_loss")
        losses = [float(row.split(",")[1]) for row in rows]
        assert losses == sorted(losses, reverse=True)
        assert losses[0] > losses[-1]


def test_checkpoints_close_the_last_epochs() -> None:
    """Each of the last three epochs leaves a checkpoint with its metrics, newest first."""
    with sandbox() as box:
        job = box.trained(
            validation_file=box.upload().id,
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}},
        )
        found = box.openai.fine_tuning.jobs.checkpoints.list(job.id).data
        assert [each.step_number for each in found] == [48, 36, 24]
        assert found[0].fine_tuned_model_checkpoint == f"{job.fine_tuned_model}:ckpt-step-48"
        losses = [each.metrics.full_valid_loss or 0 for each in found]
        assert losses == sorted(losses)
        box.openai.models.retrieve(found[2].fine_tuned_model_checkpoint)
        page = box.send("GET", f"/fine_tuning/jobs/{job.id}/checkpoints?limit=2").json()
        assert (page["has_more"], page["first_id"]) == (True, found[0].id)


def _events(box: Box, job_id: str) -> list[FineTuningJobEvent]:
    return list(box.openai.fine_tuning.jobs.list_events(job_id, limit=7))


def test_events_appear_as_time_passes() -> None:
    """Each event is there from its moment on, newest first, in the recorded words."""
    with sandbox() as box:
        job = box.job()
        assert [each.message for each in _events(box, job.id)] == [
            f"Validating training file: {job.training_file}",
            f"Created fine-tuning job: {job.id}",
        ]
        box.clock.now += 4
        running = _events(box, job.id)
        metrics = [each for each in running if each.type == "metrics"]
        assert len(metrics) == 54
        assert metrics[0].message.startswith("Step 54/108: training loss=")
        data: Any = metrics[0].data
        assert (data["step"], data["total_steps"]) == (54, 108)
        box.clock.now += 10
        messages = [each.message for each in _events(box, job.id)]
        assert messages[0] == "The job has successfully completed"
        assert messages[1].startswith("New fine-tuned model created: ft:")
        assert messages[-3] == "Files validated, moving job to queued state"
        ids = [each.id for each in _events(box, job.id)]
        assert len(set(ids)) == len(ids)
        assert set(ids) > {each.id for each in running}


def test_cancel_ends_a_job() -> None:
    """A job can be cancelled in any status but the last, once."""
    with sandbox() as box:
        for wait in (0.5, 1.2, 3.0):
            job = box.job()
            box.clock.now += wait
            assert box.openai.fine_tuning.jobs.cancel(job.id).status == "cancelled"
            box.clock.now += 100
            assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "cancelled"
            with pytest.raises(BadRequestError, match="already completed"):
                box.openai.fine_tuning.jobs.cancel(job.id)
        assert [model for model in box.openai.models.list() if model.id.startswith("ft:")] == []


def test_a_cancel_may_come_too_late() -> None:
    """The job ends between the GET and the cancel: 400, and it stays succeeded."""
    with sandbox() as box:
        job = box.job()
        box.fault("leap", method="POST", path="*/cancel", seconds=60.0)
        with pytest.raises(BadRequestError):
            box.openai.fine_tuning.jobs.cancel(job.id)
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "succeeded"


def test_a_pause_stops_the_clock_of_a_run() -> None:
    """A paused job waits as long as it is paused; resumed, it queues and then goes on."""
    with sandbox() as box:
        job = box.job()
        box.clock.now += 3
        assert str(box.openai.fine_tuning.jobs.pause(job.id).status) == "paused"
        with pytest.raises(BadRequestError):
            box.openai.fine_tuning.jobs.pause(job.id)
        box.clock.now += 1000
        assert str(box.openai.fine_tuning.jobs.retrieve(job.id).status) == "paused"
        assert box.openai.fine_tuning.jobs.resume(job.id).status == "queued"
        box.clock.now += 1
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "running"
        box.clock.now += 3.1
        done = box.openai.fine_tuning.jobs.retrieve(job.id)
        assert done.status == "succeeded"
        assert done.finished_at == int(job.created_at + 1000 + 7)
        with pytest.raises(BadRequestError):
            box.openai.fine_tuning.jobs.resume(job.id)


def test_the_list_is_newest_first_and_filters_by_metadata() -> None:
    """Pairs must all match; `metadata=null` is the jobs without any."""
    with sandbox() as box:
        file = box.upload().id
        tags: list[dict[str, str] | None] = [{"a": "1", "b": "x"}, {"a": "1"}, None, {"a": ""}]
        jobs = []
        for each in tags:
            more: dict[str, Any] = {} if each is None else {"metadata": each}
            jobs.append(box.job(training_file=file, **more).id)
            box.clock.now += 1
        listing = box.openai.fine_tuning.jobs.list
        assert [job.id for job in listing(limit=3)] == jobs[::-1]
        assert [job.id for job in listing(metadata={"a": "1"})] == [jobs[1], jobs[0]]
        assert [job.id for job in listing(metadata={"a": "1", "b": "x"})] == [jobs[0]]
        assert [job.id for job in listing(metadata={"a": ""})] == [jobs[3]]
        page = box.send("GET", "/fine_tuning/jobs?metadata=null").json()
        assert [job["id"] for job in page["data"]] == [jobs[2]]


def test_dpo_has_no_legacy_hyperparameters() -> None:
    """A preference job shows its settings under `method` alone."""
    with sandbox() as box:
        job = box.trained(training_file=box.upload(PREFERENCES).id, method={"type": "dpo"})
        assert job.status == "succeeded"
        assert job.model_dump(exclude_unset=True)["hyperparameters"] == {}
        assert job.method is not None
        assert job.method.dpo is not None
        assert job.method.dpo.hyperparameters is not None
        assert job.method.dpo.hyperparameters.beta == 0.1


def test_reinforcement_needs_a_grader_and_validation_data() -> None:
    """A reasoning model learns from prompts and a grader."""
    with sandbox() as box:
        file = box.upload(PROMPTS).id
        more: dict[str, Any] = {"model": "o4-mini", "training_file": file}
        with pytest.raises(BadRequestError, match=r"method.reinforcement.grader"):
            box.job(method={"type": "reinforcement", "reinforcement": {}}, **more)
        method = {"type": "reinforcement", "reinforcement": {"grader": GRADER}}
        with pytest.raises(BadRequestError, match="validation_file"):
            box.job(method=method, **more)
        job = box.trained(method=method, validation_file=file, **more)
        assert job.status == "succeeded"


def test_old_hyperparameters_and_integrations_are_read_back() -> None:
    """The deprecated top level counts; an integration comes back with what the API keeps of it."""
    with sandbox() as box:
        wandb = {"type": "wandb", "wandb": {"project": "p", "name": "n", "tags": ["t"]}}
        job = box.job(hyperparameters={"n_epochs": 2}, integrations=[wandb])
        assert job.hyperparameters.n_epochs == 2
        body = box.send("GET", f"/fine_tuning/jobs/{job.id}").json()
        kept = {"project": "p", "entity": None, "name": None, "run_id": job.id}
        assert body["integrations"] == [{"type": "wandb", "wandb": kept}]


def test_a_trained_model_can_be_trained_again() -> None:
    """A fine-tuned model is a base; its child is named after the snapshot beneath it."""
    with sandbox() as box:
        parent = box.trained().fine_tuned_model
        child = box.trained(model=parent, suffix="v2")
        assert child.model == parent
        assert (child.fine_tuned_model or "").startswith(f"ft:{MODEL}:sandbox:v2:")


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (dataset(7), "invalid_n_examples", "Training file has 7 example(s), but must have at le"),
        (
            jsonl([chat("q", "a")] * 9 + [{"messages": [{"content": "x"}]}]),
            "invalid_training_file",
            "Example 10, message 1 Discriminator 'role' is missing in value",
        ),
        (
            jsonl([chat("q", "a") | {"weight": 1}] * 10),
            "invalid_file_format",
            'Example 1 contains an extra "weight".',
        ),
        (
            jsonl([{"text": "x"}] * 10),
            "invalid_training_file",
            "Example 1 is missing key 'messages'.",
        ),
        (
            jsonl([{"prompt": "x"}] * 10),
            "invalid_training_file",
            "Unexpected file format, expected either prompt/completion pairs or chat messages.",
        ),
        (PREFERENCES, "invalid_training_file", "is in the fine-tune-preference format"),
    ],
)
def test_unfit_data_fails_the_job_not_the_create(content: bytes, code: str, message: str) -> None:
    """Deep checks are the job's first phase: it ends as failed, with the recorded words."""
    with sandbox() as box:
        job = box.trained(training_file=box.upload(content).id)
        assert (job.status, job.finished_at, job.fine_tuned_model) == ("failed", None, None)
        assert job.error is not None
        assert (job.error.code, job.error.param) == (code, "training_file")
        assert message in job.error.message
        assert job.hyperparameters.n_epochs == "auto"
        assert _events(box, job.id)[0].level == "error"


def test_odd_characters_in_the_data_do_no_harm() -> None:
    """Zero bytes and byte order marks are learned and said again."""
    odd = "half a \x00 sign \U0001f642"
    content = b"\xef\xbb\xbf" + jsonl([chat("say it", odd)] * 10)
    with sandbox() as box:
        job = box.trained(training_file=box.upload(content).id)
        assert job.status == "succeeded"
        body = {"model": job.fine_tuned_model, "messages": [{"role": "user", "content": "say"}]}
        answer = box.send("POST", "/chat/completions", body)
        assert answer.json()["choices"][0]["message"]["content"] == odd


def test_half_a_pair_in_the_data_is_refused() -> None:
    """It is no text that a tokenizer takes; later requests are answered as before."""
    with sandbox() as box:
        with pytest.raises(openai.BadRequestError, match="surrogates not allowed"):
            box.upload(jsonl([chat("say it", "half \ud83d a sign")] * 10))
        assert [*box.openai.files.list()] == []


def test_a_huge_dataset_does_not_hold_up_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is read, answers show the job where it is; other requests go on."""
    may_end = threading.Event()

    def slowly(*arguments: Any) -> None:
        may_end.wait(10)
        advance(*arguments)

    monkeypatch.setattr(call, "PATIENCE", 0.02)
    monkeypatch.setattr(call, "advance", slowly)
    with sandbox(pace=INSTANT) as box:
        job = box.job()
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "validating_files"
        box.upload()
        may_end.set()
        monkeypatch.setattr(call, "PATIENCE", 10.0)
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "succeeded"


def test_chat_data_does_not_fit_dpo() -> None:
    """The format of the file and the method must agree."""
    with sandbox() as box:
        job = box.trained(method={"type": "dpo"})
        assert job.error is not None
        assert job.error.message.endswith(
            f"Input file {job.training_file} is in the fine-tune-chat format, but the specified"
            " fine-tuning job is not using 'supervised' as the training method (provided"
            " method=dpo)."
        )


def test_a_file_deleted_before_it_was_checked_fails_the_job() -> None:
    """Once checked, a training file is not needed any more."""
    with sandbox() as box:
        early, late = box.job(), box.job()
        box.openai.files.delete(early.training_file)
        box.clock.now += 1.1
        box.openai.files.delete(late.training_file)
        box.clock.now += 100
        first, second = (box.openai.fine_tuning.jobs.retrieve(job.id) for job in (early, late))
        assert (first.status, second.status) == ("failed", "succeeded")


@pytest.mark.parametrize(
    ("more", "param", "code"),
    [
        ({"model": "gpt-9"}, "model", "model_not_found"),
        ({"model": "text-embedding-3-small"}, "model", "model_not_available"),
        ({"model": "ft:gpt-4.1-mini:no::body"}, "model", "model_not_found"),
        ({"training_file": "file-none"}, "training_file", None),
        ({"suffix": ""}, "suffix", "string_below_min_length"),
        ({"suffix": "x" * 65}, "suffix", "string_above_max_length"),
        ({"suffix": None}, "suffix", None),
        ({"seed": -1}, "seed", "integer_below_min_value"),
        ({"seed": 2**31}, "seed", "integer_above_max_value"),
        ({"seed": 10**400}, "seed", "integer_above_max_value"),
        ({"seed": "7"}, "seed", "invalid_type"),
        ({"seed": True}, "seed", "invalid_type"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", None),
        ({"metadata": {"k": 1}}, "metadata.k", "invalid_type"),
        ({"metadata": {"k": "v" * 513}}, "metadata.k", "string_above_max_length"),
        ({"method": {"type": "magic"}}, "method.type", "invalid_value"),
        ({"method": {}}, "method.type", "missing_required_parameter"),
        ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs", None),
        ({"hyperparameters": {"n_epochs": 1.5}}, "hyperparameters.n_epochs", "invalid_type"),
        ({"hyperparameters": {"batch_size": 0}}, "hyperparameters.batch_size", None),
        ({"hyperparameters": {"epochs": 1}}, "hyperparameters.epochs", "unknown_parameter"),
        (
            {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 2.1}}}},
            "method.dpo.hyperparameters.beta",
            "decimal_above_max_value",
        ),
        ({"integrations": [{"type": "wandb"}]}, "integrations[0].wandb", None),
        (_wandb(project=None), "integrations[0].wandb.project", "invalid_type"),
        (_wandb(entity=7), "integrations[0].wandb.entity", "invalid_type"),
        (_wandb(name={}), "integrations[0].wandb.name", "invalid_type"),
        (_wandb(tags="t"), "integrations[0].wandb.tags", "invalid_type"),
        (_wandb(tags=[1]), "integrations[0].wandb.tags", "invalid_type"),
        ({"method": {"type": "reinforcement", "reinforcement": {"grader": {}}}}, None, None),
    ],
)
def test_a_bad_create_is_refused(more: dict[str, Any], param: str | None, code: str | None) -> None:
    """The first wrong field is named, and no job is made."""
    with sandbox() as box:
        body = {"model": MODEL, "training_file": box.upload().id} | more
        answer = box.send("POST", "/fine_tuning/jobs", body)
        assert answer.status == 400
        error = answer.json()["error"]
        assert param is None or error["param"] == param
        assert code is None or error["code"] == code
        assert box.control("GET", "/ledger")["jobs"] == []


def test_a_file_of_another_purpose_cannot_be_trained_on() -> None:
    """Training files have the purpose fine-tune."""
    with sandbox() as box:
        file = box.openai.files.create(file=("a.jsonl", dataset()), purpose="batch")
        with pytest.raises(BadRequestError, match="purpose"):
            box.job(training_file=file.id)


def test_unknown_fields_are_ignored_unless_a_fault_is_strict() -> None:
    """Extra fields pass; the `strict_fields` fault refuses them, as the API once did."""
    with sandbox() as box:
        body = {"model": MODEL, "training_file": box.upload().id, "trainingType": "Standard"}
        assert box.send("POST", "/fine_tuning/jobs", body).status == 200
        box.fault("strict_fields")
        refused = box.send("POST", "/fine_tuning/jobs", body)
        assert refused.json()["error"]["code"] == "unknown_parameter"


def test_an_unknown_job_is_a_404() -> None:
    """Every job endpoint says so in the API's words."""
    with sandbox() as box:
        jobs = box.openai.fine_tuning.jobs
        for call in (jobs.retrieve, jobs.cancel, jobs.pause, jobs.resume, jobs.list_events):
            with pytest.raises(NotFoundError, match="Could not find fine tune: ftjob-no") as caught:
                call("ftjob-no")
            assert (caught.value.param, caught.value.code) == (
                "fine_tune_id",
                "fine_tune_not_found",
            )


@pytest.mark.parametrize("grader", GRADERS)
def test_graders_are_checked_without_a_job(grader: dict[str, Any]) -> None:
    """A good grader comes back; without any field it needs, that field is named."""
    with sandbox() as box:
        path = "/fine_tuning/alpha/graders/validate"
        assert box.send("POST", path, {"grader": grader}).json() == {"grader": grader}
        for name in grader.keys() - {"image_tag", "range", "sampling_params"}:
            wrong = {key: value for key, value in grader.items() if key != name}
            answer = box.send("POST", path, {"grader": wrong})
            assert answer.status == 400
            assert answer.json()["error"]["param"] == f"grader.{name}"


@pytest.mark.parametrize(
    ("index", "change", "param"),
    [
        (0, {"operation": "equals"}, "grader.operation"),
        (1, {"source": 1}, "grader.source"),
        (2, {"evaluation_metric": "taste"}, "grader.evaluation_metric"),
        (3, {"range": [1]}, "grader.range"),
        (3, {"input": [{"role": "user"}]}, "grader.input[0].content"),
        (3, {"input": [{"role": "king", "content": ""}]}, "grader.input[0].role"),
        (3, _turn(7), "grader.input[0].content"),
        (3, _turn({"type": "smell"}), "grader.input[0].content.type"),
        (3, _turn([{"type": "output_text"}]), "grader.input[0].content[0].text"),
        (
            3,
            _turn({"type": "input_image", "image_url": "u:", "detail": 1}),
            "grader.input[0].content.detail",
        ),
        (
            3,
            _turn({"type": "input_audio", "input_audio": {"data": "", "format": "aac"}}),
            "grader.input[0].content.input_audio.format",
        ),
        (3, {"sampling_params": {"top_p": "x"}}, "grader.sampling_params.top_p"),
        (3, {"sampling_params": {"seed": 1.5}}, "grader.sampling_params.seed"),
        (3, {"sampling_params": {"max_completions_tokens": 0}}, _MOST_TOKENS),
        (4, {"graders": {}}, "grader.graders"),
        (4, {"graders": {"deep": GRADERS[4]}}, "grader.graders.deep.type"),
    ],
)
def test_a_wrong_grader_is_refused(index: int, change: dict[str, Any], param: str) -> None:
    """The wrong field is named."""
    with sandbox() as box:
        path = "/fine_tuning/alpha/graders/validate"
        answer = box.send("POST", path, {"grader": GRADERS[index] | change})
        assert (answer.status, answer.json()["error"]["param"]) == (400, param)
