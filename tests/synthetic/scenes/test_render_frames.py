"""What a viewer, and optical flow, can see in rendered clips."""

import itertools

import cv2
import numpy as np
import pytest

from v2meow_pipeline.synthetic.look import PALETTES, SCENES
from v2meow_pipeline.synthetic.scenes import SCENE_FACTORIES, render_frames

FPS = 25
SIZE = 64
TEMPO_BPM, FIRST_S = 104.0, 0.3


def motion(frames):
    """[frame], mean absolute flow from the frame before, pixels; cuts and flashes limited to the 95th percentile."""
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    gray = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    flow = np.array([0.0] + [np.abs(dis.calc(a, b, None)).mean() for a, b in itertools.pairwise(gray)])
    return np.minimum(flow, np.quantile(flow, 0.95))


def beat_concentration(flow, tempo_bpm=TEMPO_BPM):
    """0..1: 0 where motion is spread over the beat evenly, 1 where all of it is at one phase."""
    phase = 2j * np.pi * (np.arange(len(flow)) / FPS - FIRST_S) * tempo_bpm / 60
    return abs((flow * np.exp(phase)).sum()) / flow.sum()


@pytest.fixture
def flow_of(make_plan, timing):
    def measure(**changes):
        return motion(list(render_frames(make_plan(**changes), timing, SIZE, SIZE, FPS)))

    return measure


def test_every_scene_of_the_plan_can_be_drawn():
    """A scene that plans may name but nobody draws would stop a corpus half way."""
    assert set(SCENE_FACTORIES) == set(SCENES)


@pytest.mark.parametrize(("scene", "palette"), zip(SCENES, PALETTES, strict=True))
def test_frames_have_the_size_asked_for_and_are_not_blank(make_plan, timing, scene, palette):
    """Catches a wrong axis order (the frame is not square), a float frame, and a scene that draws nothing."""
    frames = list(render_frames(make_plan(scene=scene, palette=palette), timing, 96, 64, FPS))
    assert len(frames) == 100
    assert {(frame.shape, frame.dtype) for frame in frames} == {((64, 96, 3), np.dtype(np.uint8))}
    assert min(float(frame.std()) for frame in frames) > 8


@pytest.mark.parametrize("scene", SCENES)
def test_equal_plans_give_equal_frames_and_seeds_matter(make_plan, timing, scene):
    """Catches a draw from a global generator, frames that share memory, and a look seed that is ignored."""
    first, again, other = (
        np.stack(list(itertools.islice(render_frames(make_plan(scene=scene, look_seed=seed), timing, 64, 64, FPS), 9)))
        for seed in (5, 5, 6)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("scene", SCENES)
def test_motion_carries_the_beat_only_where_it_should(flow_of, scene):
    """Off-beat and pulse-free clips exist so that the beat of the music cannot be taken from their pictures."""
    on_beat, off_beat, free = (
        beat_concentration(flow_of(scene=scene, visual_sync=sync)) for sync in ("on_beat", "off_beat", "pulse_free")
    )
    assert on_beat > 0.3
    assert off_beat < 0.5 * on_beat
    assert free < 0.12


def test_motion_jumps_in_the_frame_of_the_beat(flow_of, timing):
    """Catches pictures that lag: most of a beat's motion lies within the two frames that follow it."""
    flow = np.mean([flow_of(scene=scene) for scene in SCENES[::3]], axis=0)
    since_beat = (np.arange(len(flow)) / FPS - FIRST_S) % (60 / TEMPO_BPM)
    assert flow[since_beat < 2 / FPS].mean() > 2.5 * flow[since_beat > 6 / FPS].mean()


@pytest.mark.parametrize(
    ("scene", "sync"), [*((scene, "on_beat") for scene in SCENES), *((scene, "pulse_free") for scene in SCENES[::4])]
)
def test_energy_raises_motion(flow_of, scene, sync):
    """The prototype's energy was weak; every scene has to show it, also without a pulse."""
    calm, wild = (flow_of(scene=scene, visual_sync=sync, energy=energy).mean() for energy in (0.1, 0.9))
    assert wild > 1.5 * calm


def test_a_change_of_energy_shows(flow_of):
    """A change mid-clip is heard; catches one energy taken for the whole clip's pictures."""
    change = ((0.0, 0.1), (1.9, 0.1), (2.1, 0.9))
    flow = np.mean([flow_of(scene=scene, energy=change) for scene in SCENES[::3]], axis=0)
    assert flow[55:].mean() > 1.5 * flow[1:45].mean()


def test_pictures_do_not_know_the_genre(make_plan, timing):
    """In the prototype a still frame gave the genre away."""
    rock, jazz = (next(render_frames(make_plan(genre=genre), timing, 64, 64, FPS)) for genre in ("rock", "jazz"))
    assert np.array_equal(rock, jazz)


def test_unusual_sizes_are_drawn(make_plan, timing):
    """Catches layouts that assume a square frame."""
    for scene, (width, height) in itertools.product(SCENES, [(160, 48), (36, 96)]):
        frame = next(render_frames(make_plan(scene=scene), timing, width, height, FPS))
        assert frame.shape == (height, width, 3)
        assert frame.std() > 5
