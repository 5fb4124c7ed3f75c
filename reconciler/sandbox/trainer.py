"""Training, small but real: a bigram language model over the texts of a dataset.

The model believes a prior (how common each word is) until training strengthens the counts of
word pairs. More epochs or a higher learning rate mean more strength: the loss on the training
texts falls with it, and the loss on other texts falls, then rises where they differ: overfitting.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from itertools import islice, pairwise

from msgspec import Struct

STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""How often the training texts have been seen, where the curve is measured."""

MAX_TEXTS, MAX_WORDS = 4_000, 40_000
_PRIOR_WEIGHT = 8.0
_WORD = re.compile(r"\w+|[^\w\s]")


class Corpus(Struct, frozen=True, dict=True):
    """The word pairs of a dataset's texts; `pairs` counts each (word, next word)."""

    pairs: Counter[tuple[str, str]]

    @cached_property
    def firsts(self) -> Counter[str]:
        """How often each word is followed by another."""
        found: Counter[str] = Counter()
        for (first, _), count in self.pairs.items():
            found[first] += count
        return found

    @cached_property
    def seconds(self) -> Counter[str]:
        """How often each word follows another."""
        found: Counter[str] = Counter()
        for (_, second), count in self.pairs.items():
            found[second] += count
        return found


class Score(Struct, frozen=True):
    """Mean loss in nats a token, and mean probability given to the right token."""

    loss: float
    accuracy: float


class Curve(Struct, frozen=True):
    """Scores at each of STRENGTHS; `valid` is empty without validation data."""

    train: tuple[Score, ...]
    valid: tuple[Score, ...] = ()


def corpus(texts: Iterable[str]) -> Corpus:
    """Count the word pairs of the first texts, each closed by an empty word."""
    pairs: Counter[tuple[str, str]] = Counter()
    left = MAX_WORDS
    for text in islice(texts, MAX_TEXTS):
        words = ["", *_WORD.findall(text[: left * 8])[:left], ""]
        pairs.update(pairwise(words))
        left -= len(words)
        if left <= 0:
            break
    return Corpus(pairs)


def learn(train: Corpus, valid: Corpus | None) -> Curve:
    """Train on one corpus; measure on it, and on the other one if there is one."""
    return Curve(
        tuple(_score(train, train, strength) for strength in STRENGTHS),
        tuple(_score(train, valid, strength) for strength in STRENGTHS) if valid else (),
    )


def _score(model: Corpus, texts: Corpus, strength: float) -> Score:
    firsts, seconds, pairs = model.firsts, model.seconds, model.pairs
    unit = 1.0 / (seconds.total() + len(seconds) + 1)
    loss = right = 0.0
    for (first, second), count in texts.pairs.items():
        prior = _PRIOR_WEIGHT * (seconds[second] + 1) * unit
        chance = (strength * pairs[first, second] + prior) / (
            strength * firsts[first] + _PRIOR_WEIGHT
        )
        loss -= count * math.log(chance)
        right += count * chance
    total = texts.pairs.total() or 1
    return Score(loss / total, right / total)


def at_strength(scores: tuple[Score, ...], strength: float) -> Score:
    """The score between the measured points, on a straight line."""
    position = next((i for i, each in enumerate(STRENGTHS) if each >= strength), len(scores) - 1)
    if position == 0:
        return scores[0]
    low, high = STRENGTHS[position - 1], STRENGTHS[position]
    share = min(1.0, (strength - low) / (high - low))
    before, after = scores[position - 1], scores[position]
    return Score(
        before.loss + share * (after.loss - before.loss),
        before.accuracy + share * (after.accuracy - before.accuracy),
    )
