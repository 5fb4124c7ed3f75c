"""How fast simulated training goes: seconds spent in each status of a job."""

import math
from typing import Self

from msgspec import Struct


class Pace(Struct, frozen=True):
    """Seconds a job spends in `validating_files`, `queued` and `running`."""

    validating: float = 1.0
    queued: float = 0.5
    running: float = 5.0

    def __post_init__(self) -> None:
        for seconds in (self.validating, self.queued, self.running):
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ValueError(f"a pace is made of finite seconds >= 0, got {seconds}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `instant`, a factor such as `2x` (twice as fast), or `validating,queued,running`.

        Raises:
            ValueError: the text is none of these.
        """
        match text.strip().lower().split(","):
            case ["instant"]:
                return cls(0.0, 0.0, 0.0)
            case [factor] if factor.endswith("x"):
                return cls().faster(float(factor[:-1]))
            case [validating, queued, running]:
                return cls(float(validating), float(queued), float(running))
            case _:
                raise ValueError(f"not a pace: {text!r}; try instant, 2x or 1,0.5,5")

    def faster(self, factor: float) -> Self:
        """This pace with every phase divided by a factor above 0."""
        if not factor > 0:
            raise ValueError(f"a pace's factor must be above 0, got {factor}")
        return type(self)(self.validating / factor, self.queued / factor, self.running / factor)


DEFAULT = Pace()
INSTANT = Pace(0.0, 0.0, 0.0)
