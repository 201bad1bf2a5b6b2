"""Bars and steps of a clip, and when they sound."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.corpus.sources.synthetic.plan import ClipPlan

SIXTEENTH_SWING = ("hip hop", "electronic", "pop", "african", "latin")


class Bar(NamedTuple):
    """One bar: its position within the song, when it starts, its energy, and how much that rose since the last bar."""

    number: int
    start_s: float
    energy: float
    rise: float


class Grid(NamedTuple):
    """The time grid of a clip; a step is a sixteenth, 16 a bar in 4/4, 12 in 3/4 and 6/8."""

    plan: ClipPlan
    first_number: int

    @property
    def steps(self) -> int:
        """Sixteenths of a bar."""
        return 16 if self.plan.beats_per_bar == 4 else 12

    @property
    def steps_per_beat(self) -> int:
        """Sixteenths of a felt beat: 4, or 6 in 6/8."""
        return self.steps // self.plan.felt_beats_per_bar

    @property
    def step_s(self) -> float:
        """Seconds of a sixteenth."""
        return self.plan.bar_s / self.steps

    def bars(self) -> Iterator[Bar]:
        """Every bar that sounds in the clip, from the one in which it starts."""
        previous = None
        for index in range(-1, int(np.ceil((self.plan.duration_s - self.plan.first_downbeat_s) / self.plan.bar_s))):
            start_s = self.plan.first_downbeat_s + index * self.plan.bar_s
            middle_s = np.clip(start_s + 0.5 * self.plan.bar_s, 0.0, self.plan.duration_s)
            energy = float(self.plan.energy_at(middle_s))
            yield Bar(
                self.first_number + index + 1, start_s, energy, energy - (energy if previous is None else previous)
            )
            previous = energy

    def time_s(self, bar: Bar, step: float) -> float:
        """When a step of a bar sounds, swing included.

        Args:
            bar: the bar.
            step: sixteenths from its start; fractions and steps of following bars are fine.

        Returns:
            Seconds from the clip's first instant.
        """
        if self.plan.beats_per_bar == 6 or self.plan.swing == 0:
            return bar.start_s + step * self.step_s
        unit = 2.0 if self.plan.genre in SIXTEENTH_SWING else 4.0
        whole, part = divmod(step / unit, 1.0)
        middle = 0.5 + self.plan.swing / 6.0
        swung = part * middle / 0.5 if part < 0.5 else middle + (part - 0.5) * (1.0 - middle) / 0.5
        return bar.start_s + (whole + swung) * unit * self.step_s
