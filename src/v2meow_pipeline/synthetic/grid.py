"""Time grid of a clip: bars and steps with their times."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.synthetic.plan import ClipPlan

SIXTEENTH_SWING = ("hip hop", "electronic", "pop", "african", "latin")


class Bar(NamedTuple):
    """Bar of a song: number, start time, energy, and increase of the energy over the previous bar."""

    number: int
    start_s: float
    energy: float
    rise: float


class Grid(NamedTuple):
    """Time grid of a clip; a step is a sixteenth note, with 16 per bar in 4/4 and 12 in 3/4 and 6/8."""

    plan: ClipPlan
    first_number: int

    @property
    def steps(self) -> int:
        """Steps per bar."""
        return 16 if self.plan.beats_per_bar == 4 else 12

    @property
    def steps_per_beat(self) -> int:
        """Steps per felt beat: 4, or 6 in 6/8."""
        return self.steps // self.plan.felt_beats_per_bar

    @property
    def step_s(self) -> float:
        """Duration of a step without swing, seconds."""
        return self.plan.bar_s / self.steps

    def bars(self) -> Iterator[Bar]:
        """Bars of the clip, from the one in which the clip starts."""
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
        """Time of a step, with swing applied.

        Args:
            bar: bar of the step.
            step: steps since the start of the bar, possibly fractional or beyond the end of the bar.

        Returns:
            Seconds since the start of the clip.
        """
        if self.plan.beats_per_bar == 6 or self.plan.swing == 0:
            return bar.start_s + step * self.step_s
        unit = 2.0 if self.plan.genre in SIXTEENTH_SWING else 4.0
        whole, part = divmod(step / unit, 1.0)
        middle = 0.5 + self.plan.swing / 6.0
        swung = part * middle / 0.5 if part < 0.5 else middle + (part - 0.5) * (1.0 - middle) / 0.5
        return bar.start_s + (whole + swung) * unit * self.step_s
