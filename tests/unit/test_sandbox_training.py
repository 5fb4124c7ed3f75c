"""Training and remembering, small but real."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.examples import assistant_texts, reply
from reconciler.sandbox.neighbours import Memory
from reconciler.sandbox.trainer import MAX_WORDS, STRENGTHS, at_strength, corpus, learn

POLITE = [f"Thank you for writing about order {n}. We will look into it today." for n in range(20)]
SHIPPING = [f"Parcel {n} left the depot and is on the road to you now." for n in range(20)]


def _losses(train: list[str], valid: list[str]) -> tuple[list[float], list[float]]:
    curve = learn(corpus(train), corpus(valid))
    return [score.loss for score in curve.train], [score.loss for score in curve.valid]


def test_training_lowers_the_loss_on_what_it_has_seen() -> None:
    """The more strength, the lower the loss and the higher the accuracy."""
    curve = learn(corpus(POLITE), None)
    losses = [score.loss for score in curve.train]
    assert losses == sorted(losses, reverse=True)
    assert curve.train[-1].loss < curve.train[0].loss / 4
    accuracies = [score.accuracy for score in curve.train]
    assert accuracies == sorted(accuracies)
    assert curve.valid == ()


def test_validation_data_of_the_same_kind_gains_too_and_others_do_not() -> None:
    """The loss depends on the data: unlike texts get worse by training."""
    _, alike = _losses(POLITE[:10], POLITE[10:])
    _, unlike = _losses(POLITE, SHIPPING)
    assert alike[-1] < alike[0] / 2
    assert unlike[-1] > unlike[0]


@given(st.lists(st.text(max_size=40), max_size=8), st.lists(st.text(max_size=40), max_size=8))
def test_losses_are_always_finite(train: list[str], valid: list[str]) -> None:
    """Any texts, also none, give figures."""
    curve = learn(corpus(train), corpus(valid))
    for score in (*curve.train, *curve.valid):
        assert 0 <= score.loss < 100
        assert 0 <= score.accuracy <= 1


def test_the_curve_is_continuous() -> None:
    """Between the measured points lies a straight line, beyond the last one a plain."""
    scores = learn(corpus(POLITE), None).train
    assert at_strength(scores, STRENGTHS[3]) == scores[3]
    middle = at_strength(scores, (STRENGTHS[3] + STRENGTHS[4]) / 2).loss
    assert middle == pytest.approx((scores[3].loss + scores[4].loss) / 2)
    assert at_strength(scores, 1e9) == scores[-1]
    assert at_strength(scores, 0) == scores[0]


def test_only_so_many_words_are_learned() -> None:
    """A large dataset costs no more than a bounded one."""
    assert corpus(["word " * 1_000] * 1_000).pairs.total() <= MAX_WORDS + 1_001


CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "one?"},
        {"role": "assistant", "content": "first", "weight": 0},
        {"role": "user", "content": [{"type": "text", "text": "two?"}, {"type": "image_url"}]},
        {"role": "assistant", "content": "second"},
    ]
}
PREFERENCE: dict[str, Any] = {
    "input": {"messages": [{"role": "user", "content": "which?"}]},
    "preferred_output": [{"role": "assistant", "content": "good"}],
    "non_preferred_output": [{"role": "assistant", "content": "bad"}],
}
COMPLETION = {"prompt": "p", "completion": "c"}
PROMPT: dict[str, Any] = {"messages": [{"role": "user", "content": "q"}], "answer": "42"}


@pytest.mark.parametrize(
    ("example", "question", "answer", "texts"),
    [
        (CHAT, "two?", "second", ["second"]),
        (PREFERENCE, "which?", "good", ["good"]),
        (COMPLETION, "p", "c", ["c"]),
        (PROMPT, "q", "42", ["42"]),
    ],
)
def test_every_format_teaches(
    example: dict[str, Any], question: str, answer: str, texts: list[str]
) -> None:
    """What is asked, what is answered and what is learned, in each format."""
    asked, message = reply(example)
    assert (asked, message["content"]) == (question, answer)
    assert list(assistant_texts(example)) == texts


def test_memory_recalls_the_nearest_question() -> None:
    """Rare words weigh more; ties go to the earlier example; nothing shared is nothing known."""
    memory = Memory(
        {"prompt": prompt, "completion": prompt.upper()}
        for prompt in ("where is my order", "where is my refund", "where is my order")
    )
    recalled = memory.recall("Refund, where?")
    assert recalled is not None
    assert recalled["content"] == "WHERE IS MY REFUND"
    assert memory.recall("my order") is memory.recall("order my")
    assert memory.recall("zebra") is None
    assert Memory([]).recall("anything") is None
