"""Plans and timings for pictures, without any music being made."""

from collections.abc import Callable

import numpy as np
import pytest

from v2meow_pipeline.synthetic.plan import ClipPlan, Timing

TEMPO_BPM = 104.0
FIRST_S = 0.3

PlanMaker = Callable[..., ClipPlan]


@pytest.fixture
def make_plan() -> PlanMaker:
    """Builds a plan; keywords replace its fields, `energy` may be one number."""

    def make(**changes: object) -> ClipPlan:
        energy = changes.pop("energy", 0.5)
        fields = {
            "index": 0, "seed": 1, "source_id": "clip", "split": "train", "duration_s": 4.0, "genre": "rock",
            "tempo_bpm": TEMPO_BPM, "beats_per_bar": 4, "first_downbeat_s": FIRST_S, "swing": 0.0, "key": 0,
            "mode": "major", "energy": ((0.0, energy),) if isinstance(energy, float) else energy, "drums": True,
            "font": "primary", "palette": "sunset", "scene": "stars", "visual_sync": "on_beat", "look_seed": 5,
        }  # fmt: skip
        return ClipPlan.model_validate({**fields, **changes})

    return make


@pytest.fixture
def timing() -> Timing:
    """Four seconds in 4/4 at `TEMPO_BPM`, an onset on every half beat."""
    beats_s = np.arange(FIRST_S, 4.0, 60 / TEMPO_BPM)
    return Timing(beats_s, beats_s[::4], np.arange(FIRST_S, 4.0, 30 / TEMPO_BPM), 4.0)
