"""The plans: knobs that stay independent, splits that hold what they promise."""

from collections import Counter

import numpy as np
import pytest

from v2meow_pipeline.source_video import SPLITS
from v2meow_pipeline.synthetic.genres import GENRE_SPECS
from v2meow_pipeline.synthetic.look import HELD_OUT_PALETTES, HELD_OUT_SCENES
from v2meow_pipeline.synthetic.plan import (
    ENERGY_BANDS,
    GENRES,
    HELD_OUT_CELLS,
    TEMPO_BANDS_BPM,
    ClipCounts,
    ClipPlan,
    SyntheticConfig,
    plan_clips,
)


@pytest.fixture(scope="module")
def plans() -> list[ClipPlan]:
    counts = ClipCounts(train=600, val=60, judge=60, test_iid=60, test_combo=120, test_font=60, test_look=60)
    return plan_clips(SyntheticConfig(clips=counts))


def of_split(plans: list[ClipPlan], split: str) -> list[ClipPlan]:
    return [plan for plan in plans if plan.split == split]


def test_same_seed_same_plans_and_another_seed_others(plans: list[ClipPlan]) -> None:
    config = SyntheticConfig()
    assert plan_clips(config) == plan_clips(config)
    assert plan_clips(config.model_copy(update={"seed": 1}))[0].seed != plan_clips(config)[0].seed


def test_a_larger_corpus_extends_a_smaller_one() -> None:
    """Otherwise every growth of the corpus renders everything again, and moves clips between splits."""
    small = plan_clips(SyntheticConfig(clips=ClipCounts(train=5, val=2)))
    large = plan_clips(SyntheticConfig(clips=ClipCounts(train=50, val=30)))
    assert set(map(ClipPlan.fingerprint, small)) <= set(map(ClipPlan.fingerprint, large))


def test_every_split_is_there_with_unique_names_and_balanced_genres(plans: list[ClipPlan]) -> None:
    assert {plan.split for plan in plans} == set(SPLITS)
    assert len({plan.source_id for plan in plans}) == len(plans)
    assert set(Counter(plan.genre for plan in of_split(plans, "train")).values()) == {50}


def test_default_sizes_keep_four_fifths_for_training() -> None:
    counts = Counter(plan.split in ("train", "val") for plan in plan_clips(SyntheticConfig()))
    assert counts[True] / counts.total() == pytest.approx(0.8)


def test_only_test_combo_holds_unseen_cells(plans: list[ClipPlan]) -> None:
    """A training clip in a held-out cell would make the generalisation test an ordinary one."""
    for plan in plans:
        if plan.split == "test-combo":
            assert plan.cells() <= HELD_OUT_CELLS
        else:
            assert not plan.cells() & HELD_OUT_CELLS


def test_held_out_cells_leave_every_pair_of_genre_tempo_and_energy_seen() -> None:
    """A band that a genre never shows in training would test extrapolation, not combination."""
    every = {(g, t, e) for g in GENRES for t in range(3) for e in range(3)} - HELD_OUT_CELLS
    assert {(g, t) for g, t, _ in every} == {(g, t) for g in GENRES for t in range(3)}
    assert {(g, e) for g, _, e in every} == {(g, e) for g in GENRES for e in range(3)}
    assert {(t, e) for _, t, e in every} == {(t, e) for t in range(3) for e in range(3)}
    for low, _, high in (spec.tempo_bpm for spec in GENRE_SPECS.values()):
        assert all(low < band[1] - 8 and high > band[0] + 8 for band in TEMPO_BANDS_BPM)
    assert ENERGY_BANDS[-1][1] == 1.0


def test_only_test_look_holds_unseen_looks(plans: list[ClipPlan]) -> None:
    for plan in plans:
        unseen = (plan.scene in HELD_OUT_SCENES, plan.palette in HELD_OUT_PALETTES)
        assert unseen == ((True, True) if plan.split == "test-look" else (False, False))


def test_only_test_font_has_the_held_out_font(plans: list[ClipPlan]) -> None:
    assert all((plan.font == "held_out") == (plan.split == "test-font") for plan in plans)


def test_tempo_ranges_of_all_genres_overlap() -> None:
    """Fault 3 of the prototype: tempo could be read off the genre."""
    ranges = [spec.tempo_bpm for spec in GENRE_SPECS.values()]
    overlap = min(high for *_, high in ranges) - max(low for low, *_ in ranges)
    widest = max(high for *_, high in ranges) - min(low for low, *_ in ranges)
    assert overlap > 0.5 * widest


def test_genre_explains_little_of_tempo_and_nothing_of_energy(plans: list[ClipPlan]) -> None:
    def explained(values: list[float]) -> float:
        by_genre = [[v for v, p in zip(values, train, strict=True) if p.genre == g] for g in GENRES]
        return 1 - float(np.mean([np.var(v) for v in by_genre]) / np.var(values))

    train = of_split(plans, "train")
    assert explained([p.tempo_bpm for p in train]) < 0.4
    assert explained([p.mean_energy for p in train]) < 0.15


def test_variety_that_the_prototype_lacked(plans: list[ClipPlan]) -> None:
    train = of_split(plans, "train")
    unsynced = np.mean([p.visual_sync != "on_beat" for p in train])
    assert 0.15 < unsynced < 0.25
    assert {p.visual_sync for p in train} == {"on_beat", "off_beat", "pulse_free"}
    assert {p.beats_per_bar for p in train} == {3, 4, 6}
    assert any(p.genre == "rock" and not p.drums for p in train)
    assert any(p.genre == "ambient" and p.drums for p in train)
    changing = [p for p in train if len(p.energy) > 1]
    assert 0.1 < len(changing) / len(train) < 0.35
    for plan in changing:
        before, after = plan.energy_at([0.1 * plan.duration_s, 0.95 * plan.duration_s])
        assert abs(before - after) >= 0.29


def test_clips_start_anywhere_in_a_bar(plans: list[ClipPlan]) -> None:
    """Music that always starts on a downbeat lets a model ignore the picture's phase."""
    phases = [p.first_downbeat_s / p.bar_s for p in plans]
    assert max(phases) <= 1.0
    assert np.histogram(phases, bins=4, range=(0, 1))[0].min() > 0.18 * len(phases)
