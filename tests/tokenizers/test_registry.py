"""A checkpoint's kind decides which codec reads it."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.simple_music import SMALL, music

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import MissingModelError, StaleError, V2MeowError
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.codec import Codec, whole_frames
from v2meow_pipeline.tokenizers.registry import load_codec
from v2meow_pipeline.tokenizers.soundstream.codec import SoundStreamCodec
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream


def test_each_kind_is_read_by_its_codec(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """Catches a loader that knows only the residual k-means."""
    config = SoundStreamConfig(widths=(4, 4, 4, 4, 8), units=(0, 0, 0, 1), code_width=4)
    SoundStreamCodec(SoundStream(config, SMALL), config, SMALL).save(tmp_path / "soundstream", "abc", "nothing")
    codec.save(tmp_path / "acoustic", "abc", "test")
    assert isinstance(load_codec(tmp_path / "soundstream", SMALL), SoundStreamCodec)
    again = load_codec(tmp_path / "acoustic", SMALL)
    assert isinstance(again, Codec)
    wave = music(50, duration_s=1)
    assert np.array_equal(again.encode(wave), codec.encode(wave))
    np.testing.assert_array_equal(again.codebooks(), codec.quantizer.codebooks)


def test_what_is_no_codec_is_refused_by_name(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """Catches another model in the codec's place, and another clock's codec."""
    save_checkpoint(tmp_path / "other", {"kind": "stage"}, {})
    with pytest.raises(V2MeowError, match=r"'stage'.*soundstream"):
        load_codec(tmp_path / "other", SMALL)
    with pytest.raises(V2MeowError, match="no checkpoint"):
        load_codec(tmp_path / "nothing", SMALL)
    codec.save(tmp_path / "acoustic", "abc", "test")
    with pytest.raises(StaleError):
        load_codec(tmp_path / "acoustic", Clock())


def test_waves_become_whole_frames() -> None:
    """Catches a rounding other than the clock's, and a lost start."""
    wave = np.arange(1000, dtype=np.float32)
    assert np.array_equal(whole_frames(wave, SMALL), wave[:960])
    assert np.array_equal(whole_frames(wave[:900], SMALL), np.pad(wave[:900], (0, 60)))


def test_a_vocoder_that_is_not_trained_is_told_with_its_pipeline(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """Catches the advice to run the pipeline `train`, which trains no vocoder."""
    codec.save(tmp_path / "acoustic_tokenizer", "abc", "test")
    with pytest.raises(MissingModelError, match=r"no vocoder in .*--pipelines vocoder.* or set decoder"):
        load_codec(tmp_path / "acoustic_tokenizer", SMALL, "vocoder")
