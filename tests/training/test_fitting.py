"""Fits of embeddings on the clips of a split."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.manifest_rows import good_manifest

from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter
from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.training.fitting import fit_music_text


def test_a_judge_without_clips_is_told_where_its_clips_are_set(tmp_path: Path) -> None:
    """Catches the advice to add captions to a corpus that has captions, but no clips for the judge."""
    manifest = good_manifest()
    manifest = manifest[manifest["split"] != "judge"]
    assert manifest["caption"].notna().all()
    writer = ShardWriter(tmp_path / "trunk", manifest["clip_id"].tolist(), "f", clips_per_shard=len(manifest))
    writer.write(writer.shards[0], {"x": np.zeros((len(manifest), 2), np.float32)})
    writer.finish()
    with pytest.raises(ConfigError, match=r"split judge .*evaluate\.md for the judge"):
        fit_music_text(manifest, ShardReader(tmp_path / "trunk"), MusicTextConfig(), 0, tmp_path / "judge", "judge")
