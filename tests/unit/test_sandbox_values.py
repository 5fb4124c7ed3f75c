"""Paces, hyperparameters and faults as values."""

import pytest

from reconciler.sandbox import hyperparameters
from reconciler.sandbox.catalog import BASE_MODELS, base_of
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.faults import KINDS, Fault
from reconciler.sandbox.identity import checkpoint_model, derived, fine_tuned_model
from reconciler.sandbox.pace import DEFAULT, INSTANT, Pace


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("instant", INSTANT),
        ("1x", DEFAULT),
        ("2x", Pace(0.5, 0.25, 2.5)),
        ("0.5X", Pace(2, 1, 10)),
        ("3,0,7.5", Pace(3, 0, 7.5)),
    ],
)
def test_a_pace_is_read(text: str, pace: Pace) -> None:
    """Names, factors and three numbers are paces."""
    assert Pace.parse(text) == pace


@pytest.mark.parametrize("text", ["", "fast", "0x", "-1x", "nanx", "1,2", "1,-2,3", "1,inf,3"])
def test_what_is_no_pace_is_refused(text: str) -> None:
    """Anything else is an error."""
    with pytest.raises(ValueError):  # noqa: PT011 - float() has its own words
        Pace.parse(text)


@pytest.mark.parametrize(
    ("examples", "epochs"), [(10, 10), (20, 5), (33, 4), (100, 3), (9000, 2), (10**6, 1)]
)
def test_automatic_epochs_depend_on_the_size(examples: int, epochs: int) -> None:
    """Few examples are seen more often, very many only once."""
    assert hyperparameters.automatic_epochs(examples) == epochs


def test_auto_becomes_numbers_and_numbers_stay() -> None:
    """Only what was left open is resolved."""
    asked = hyperparameters.read({"n_epochs": 2}, "dpo", "h")
    assert asked == {
        "n_epochs": 2,
        "batch_size": "auto",
        "learning_rate_multiplier": "auto",
        "beta": "auto",
    }
    found = hyperparameters.resolve(asked, 1000)
    assert (found["n_epochs"], found["batch_size"]) == (2, 2)
    assert not [value for value in found.values() if value == "auto"]


@pytest.mark.parametrize(
    ("method", "name", "wrong"),
    [
        *(("supervised", "n_epochs", value) for value in (0, 51, 1.5, "many", True, None)),
        *(("supervised", "batch_size", value) for value in (0, 257)),
        *(("supervised", "learning_rate_multiplier", value) for value in (0, -1)),
        *(("dpo", "beta", value) for value in (0, 2.01)),
        *(("reinforcement", "compute_multiplier", value) for value in (0.00001, 10.1)),
        *(("reinforcement", "reasoning_effort", value) for value in ("auto", "huge")),
        ("supervised", "beta", 1),
    ],
)
def test_hyperparameters_out_of_range_are_refused(method: str, name: str, wrong: object) -> None:
    """The ranges are those of the API contract."""
    with pytest.raises(Rejected):
        hyperparameters.read({name: wrong}, method, "h")


def test_names_of_models_take_each_other_apart() -> None:
    """The base is found in the name of a model, of its checkpoint and of its child."""
    name = fine_tuned_model("gpt-4o-mini-2024-07-18", None, "ftjob-1")
    assert name.startswith("ft:gpt-4o-mini-2024-07-18:sandbox::")
    assert base_of(checkpoint_model(name, 7)) == base_of(name) == "gpt-4o-mini-2024-07-18"
    assert base_of("gpt-4o") == "gpt-4o"
    assert derived("a", 1, "b") == derived("a", 1, "b") != derived("a", 1, "c")


def test_the_catalog_names_each_model_once() -> None:
    """No alias is another model's name."""
    names = [name for model in BASE_MODELS for name in (model.name, model.alias) if name]
    assert len(set(names)) == len(names)


def test_a_fault_is_read_from_a_flag() -> None:
    """Values are JSON where they can be, else text."""
    fault = Fault.parse("rate_limit,method=POST,path=/v1/files,times=2,skip=1,retry_after=1.5")
    assert (fault.kind, fault.method, fault.path) == ("rate_limit", "POST", "/v1/files")
    assert (fault.times, fault.skip, fault.parameters["retry_after"]) == (2, 1, 1.5)
    assert fault.matches("POST", "/v1/files")
    assert not fault.matches("GET", "/v1/files")
    assert not fault.matches("POST", "/v1/files/x")


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_is_read_back_as_it_was(kind: str) -> None:
    """What is stored is the same fault."""
    fault = Fault.of({"kind": kind})
    assert Fault.of(fault.record()) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gremlins",
        "cut,now",
        "cut,speed=1",
        "html,status=99",
        "lag,seconds=long",
        "cut,times=-1",
    ],
)
def test_what_is_no_fault_is_refused(text: str) -> None:
    """Unknown kinds and parameters, and values of the wrong type."""
    with pytest.raises(ValueError, match=r"unknown fault|not name=value|no parameter|cannot|must"):
        Fault.parse(text)
