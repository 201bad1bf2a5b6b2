"""Controls that take their music from training clips, and the looks that bias is reported by."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.evaluation.retrieval_controls import GENRE_PRIOR, NEAREST, nearest_clips, retrieval_systems
from v2meow_pipeline.evaluation.visual_bias import NearestCentroidGenreClassifier, bias_of, looks_of
from v2meow_pipeline.parallel import SERIAL

LOOKS = 3
CLIPS = [f"clip-{i}" for i in range(18)]
TRAINING, TESTED = CLIPS[:12], CLIPS[12:]
MANIFEST = pd.DataFrame(
    {
        "clip_id": CLIPS,
        "split": ["train"] * 12 + ["test-iid"] * 6,
        "genre": [("rock", "jazz", "reggae")[i % LOOKS] for i in range(len(CLIPS))],
    }
)
CLIPS_TESTED = MANIFEST[MANIFEST["split"] == "test-iid"]
CLIPS_TRAINING = MANIFEST[MANIFEST["split"] == "train"]


def _store(folder: Path, **arrays: np.ndarray) -> ShardReader:
    writer = ShardWriter(folder, CLIPS, folder.name, 5)
    rows = {clip_id: row for row, clip_id in enumerate(CLIPS)}
    fill(writer, lambda s: {k: v[[rows[c] for c in s.clip_ids]] for k, v in arrays.items()}, SERIAL, folder.name)
    writer.finish()
    return ShardReader(folder)


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> ShardReader:
    """A narrow encoder that knows the look, a wide one on a scale of thousands that knows nothing, and tokens."""
    rng = np.random.default_rng(0)
    look = np.eye(LOOKS)[np.arange(len(CLIPS)) % LOOKS]
    narrow = np.repeat(look[:, None], 10, axis=1) + 0.01 * rng.standard_normal((len(CLIPS), 10, LOOKS))
    wide = np.float16(1000 + rng.standard_normal((len(CLIPS), 10, 300)))
    tokens = rng.integers(0, 99, (len(CLIPS), 10, 4)).astype(np.int16)
    return _store(tmp_path_factory.mktemp("v") / "f", narrow=np.float16(narrow), wide=wide, tokens=tokens)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ShardReader:
    """The sound of clip i is the number i."""
    pcm = np.repeat(np.arange(len(CLIPS), dtype=np.int16)[:, None], 8, axis=1)
    return _store(tmp_path_factory.mktemp("s") / "a", audio=pcm)


def test_the_nearest_clip_is_of_the_same_look_and_of_training(features: ShardReader) -> None:
    """Catches a wide encoder, or one of large numbers, that outshouts the others, and a tested clip that is lent."""
    found = nearest_clips(TESTED, TRAINING, features)
    assert set(found) <= set(TRAINING)
    assert [int(a[5:]) % LOOKS for a in found] == [int(b[5:]) % LOOKS for b in TESTED]


def test_borrowed_music_is_the_clip_s_own_and_the_prior_keeps_to_the_genre(
    features: ShardReader, sound: ShardReader
) -> None:
    """Catches waves in another order than the clips, a prior of another genre, and one that changes between runs."""
    systems = retrieval_systems(CLIPS_TESTED, CLIPS_TRAINING, features, sound, seed=1)
    assert set(systems) == {NEAREST, GENRE_PRIOR}
    for audio in systems.values():
        assert [clip.clip_id for clip in audio.clips] == TESTED
        lent = [round(float(wave[0]) * 32767) for wave in audio.waves()]
        assert [i % LOOKS for i in lent] == [int(clip[5:]) % LOOKS for clip in TESTED] and max(lent) < 12
    again = retrieval_systems(CLIPS_TESTED.iloc[::-1], CLIPS_TRAINING, features, sound, seed=1)
    pairs = zip(systems[GENRE_PRIOR].waves(), reversed(list(again[GENRE_PRIOR].waves())), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    unknown = CLIPS_TESTED.assign(genre=["polka", *CLIPS_TESTED["genre"][1:]])
    assert GENRE_PRIOR not in retrieval_systems(unknown, CLIPS_TRAINING, features, sound, seed=1)
    # A corpus to test on alone has nothing to lend.
    assert retrieval_systems(CLIPS_TESTED, CLIPS_TRAINING[:0], features, sound, seed=1) == {}


def test_a_model_whose_genre_follows_the_look_is_told_apart_from_one_whose_does_not(
    features: ShardReader, tmp_path: Path
) -> None:
    """Catches looks that are not looks, genres that are misheard, and a bias report that says the same of both."""
    places = np.eye(LOOKS, dtype=np.float32)[np.arange(len(CLIPS)) % LOOKS]
    classifier = NearestCentroidGenreClassifier(
        MANIFEST[MANIFEST["split"] == "train"], _store(tmp_path / "m", music_text=places)
    )
    looks = looks_of(CLIPS, TRAINING, features, seed=0)
    assert (
        all((looks[i] == looks[j]) == (i % LOOKS == j % LOOKS) for i in range(len(CLIPS)) for j in range(len(CLIPS)))
        or len(set(looks)) > LOOKS
    )
    follows, shuffled = list(places), list(places[np.random.default_rng(1).permutation(len(CLIPS))])
    systems = {"follows": follows, "shuffled": shuffled}
    rows, lifts = bias_of(looks, systems, classifier, MANIFEST["genre"].tolist(), seed=0)
    found = {(row.system, row.metric): row.value for row in rows}
    assert found["follows", "genre_accuracy_nearest_centre"] == 1.0
    assert found["follows", "bias_cramers_v_look_genre"] > 0.7 > found["shuffled", "bias_cramers_v_look_genre"]
    assert found["follows", "bias_p_value_look_genre"] < 0.01 < found["shuffled", "bias_p_value_look_genre"]
    assert set(lifts["system"]) == {"follows", "shuffled"}
