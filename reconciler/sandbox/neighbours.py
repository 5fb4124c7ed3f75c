"""What a fine-tuned model says: the reply of the training example whose question is nearest.

Nearness is the cosine of TF-IDF vectors over the words of the questions; ties go to the earlier
example, so that the same question always gets the same answer.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from reconciler.sandbox.examples import reply

MAX_EXAMPLES = 5_000
_WORD = re.compile(r"\w+")


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()[:20_000]))


class Memory:
    """An index of the questions of a dataset, and the replies that go with them."""

    def __init__(self, examples: Iterable[Mapping[str, Any]]) -> None:
        taught = [reply(example) for example in islice(examples, MAX_EXAMPLES)]
        self._replies = [answer for _, answer in taught]
        counted = [_words(asked) for asked, _ in taught]
        holding = Counter(word for words in counted for word in words)
        self._rarity = {
            word: math.log((1 + len(taught)) / (1 + count)) + 1 for word, count in holding.items()
        }
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, words in enumerate(counted):
            for word, weight in self._weights(words).items():
                self._index[word].append((position, weight))

    def _weights(self, words: Counter[str]) -> dict[str, float]:
        raw = {word: n * self._rarity[word] for word, n in words.items() if word in self._rarity}
        norm = math.sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        return {word: weight / norm for word, weight in raw.items()}

    def recall(self, question: str) -> Mapping[str, Any] | None:
        """The reply to the nearest question; None when no word is shared with any."""
        scores: dict[int, float] = defaultdict(float)
        for word, weight in self._weights(_words(question)).items():
            for position, other in self._index[word]:
                scores[position] += weight * other
        if not scores:
            return None
        nearest = min(scores, key=lambda position: (-round(scores[position], 12), position))
        return self._replies[nearest]
