"""Seeds and columns of several samples."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.evaluation.generate import MODEL, WITHOUT_VIDEO, GenerateConfig
from v2meow_pipeline.evaluation.samples import read_samples, sample_seeds
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.seeding import derive_seed

CLIPS = ["a", "b", "c"]


def test_the_first_sample_is_what_a_single_one_was() -> None:
    """Catches music, or a whole store, that is made anew and otherwise because more samples can be asked for."""
    assert sample_seeds(7, CLIPS, 0) == [derive_seed(7, clip_id) for clip_id in CLIPS]
    assert GenerateConfig().columns() == GenerateConfig().systems
    assert GenerateConfig(samples=3).columns()[:2] == GenerateConfig().systems


def test_no_two_samples_share_a_seed() -> None:
    """Catches samples that are copies, and a sample of one clip that is drawn as another clip is."""
    seeds = [seed for sample in range(5) for seed in sample_seeds(7, [*CLIPS, "a.1", "sample"], sample)]
    assert len(set(seeds)) == len(seeds)


def test_every_sample_is_read_under_its_system(tmp_path: Path) -> None:
    """Catches a second sample that nobody reads, or that is taken for a system; and clips in the store's order."""
    columns = GenerateConfig(samples=2, systems=(MODEL, WITHOUT_VIDEO)).columns()
    writer = ShardWriter(tmp_path, CLIPS, "x")
    pcm = {name: np.int16(100 * turn + np.arange(3)[:, None] * np.ones(4)) for turn, name in enumerate(columns)}
    fill(writer, lambda shard: pcm, SERIAL, "x")
    systems, additional = read_samples(ShardReader(tmp_path), ["c", "a"], {MODEL: "row", "v2meow_with_text": "none"})
    assert list(systems) == ["row", "row.1"] and additional == {"row.1": "row"}
    assert [[round(float(wave[0]) * 32767) for wave in audio.waves()] for audio in systems.values()] == [
        [2, 0],
        [202, 200],
    ]
