"""Looks tell the genre about as often as people could, and never for certain."""

from collections import Counter

import numpy as np
import pytest

from v2meow_pipeline.synthetic.genres import GENRE_SPECS
from v2meow_pipeline.synthetic.look import (
    HELD_OUT_PALETTES,
    HELD_OUT_SCENES,
    MINOR_PALETTES,
    PALETTES,
    SCENES,
    draw_look,
    look_probabilities,
    reader_accuracy,
)
from v2meow_pipeline.synthetic.plan import ClipCounts, SyntheticConfig, plan_clips


def test_a_perfect_reader_names_the_genre_in_about_six_clips_of_ten() -> None:
    """At 20 % video cannot help a model, at 100 % a model can cheat by the colours."""
    assert 0.55 <= reader_accuracy() <= 0.65


def test_plans_follow_the_computed_probabilities() -> None:
    """The bound is of no use if clips are drawn otherwise."""
    empty = dict.fromkeys(("val", "judge", "test_iid", "test_combo", "test_font", "test_look"), 0)
    plans = plan_clips(SyntheticConfig(clips=ClipCounts(train=6_000, **empty)))
    seen = look_probabilities()
    scenes = [name for name in SCENES if name not in HELD_OUT_SCENES]
    palettes = [name for name in PALETTES if name not in HELD_OUT_PALETTES]
    best = dict(zip(range(len(seen)), seen, strict=True))
    guess = np.stack(list(seen.values())).argmax(axis=0)
    right = [best[int(guess[scenes.index(p.scene), palettes.index(p.palette)])] == p.genre for p in plans]
    assert np.mean(right) == pytest.approx(reader_accuracy(), abs=0.025)


def test_every_genre_occurs_in_every_look_that_training_sees() -> None:
    for shares in look_probabilities().values():
        assert shares.shape == (len(SCENES) - len(HELD_OUT_SCENES), len(PALETTES) - len(HELD_OUT_PALETTES))
        assert shares.min() > 0
        assert shares.sum() == pytest.approx(1)


def test_held_out_looks_tell_nothing_and_are_never_drawn_otherwise() -> None:
    rng = np.random.default_rng(0)
    hidden = Counter(draw_look(rng, "jazz", "minor", 0.1, held_out=True) for _ in range(400))
    assert set(hidden) == {(scene, palette) for scene in HELD_OUT_SCENES for palette in HELD_OUT_PALETTES}
    for genre in GENRE_SPECS:
        drawn = {draw_look(rng, genre, "major", 0.9, held_out=False) for _ in range(100)}
        assert not {scene for scene, _ in drawn} & set(HELD_OUT_SCENES)
        assert not {palette for _, palette in drawn} & set(HELD_OUT_PALETTES)


def test_palettes_lean_to_the_mode_and_the_energy() -> None:
    """Mood is what a palette can tell beyond the genre."""
    rng = np.random.default_rng(1)

    def minor_share(mode: str, energy: float) -> float:
        drawn = [draw_look(rng, genre, mode, energy, False)[1] for genre in GENRE_SPECS for _ in range(200)]
        return float(np.mean([palette in MINOR_PALETTES for palette in drawn]))

    assert minor_share("minor", 0.5) > minor_share("major", 0.5) + 0.05
    calm, lively = (
        np.mean([draw_look(rng, genre, "major", e, False)[1] == "ocean" for genre in GENRE_SPECS for _ in range(200)])
        for e in (0.1, 0.9)
    )
    assert calm > lively
