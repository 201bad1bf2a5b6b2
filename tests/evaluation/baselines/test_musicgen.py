"""The adapter for MusicGen, on a tiny one with random weights that goes through the real path."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.evaluation.baselines import render_baselines as play
from v2meow_pipeline.evaluation.baselines.musicgen import MusicGen
from v2meow_pipeline.evaluation.baselines.render_baselines import MUSICGEN, render_baselines

RATE_HZ, HOP, CODES, BOOKS = 32_000, 640, 16, 4
WORDS = ["<pad>", "</s>", "<unk>", "calm", "rock", "music"]
CLOCK = Clock(clip_s=0.4)


def write_musicgen(path: Path, **decoder: int) -> Path:
    from transformers import (
        EncodecConfig,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        PreTrainedTokenizerFast,
        T5Config,
    )

    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    text = T5Config(vocab_size=8, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    sizes = {"hidden_size": 8, "num_filters": 2, "num_lstm_layers": 1, "codebook_size": CODES, "codebook_dim": 8}
    kilobits = BOOKS * 4 * RATE_HZ / HOP / 1000
    audio = EncodecConfig(sampling_rate=RATE_HZ, target_bandwidths=[kilobits], upsampling_ratios=[8, 5, 4, 4], **sizes)
    layers = {"vocab_size": CODES, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "ffn_dim": 32}
    layers |= {"num_codebooks": BOOKS, "pad_token_id": CODES, "bos_token_id": CODES, "eos_token_id": None, **decoder}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = MusicgenConfig(text_encoder=text, audio_encoder=audio, decoder=MusicgenDecoderConfig(**layers))
        network = MusicgenForConditionalGeneration(config)
        for parameter in network.parameters():  # the initial weights are too small to tell captions apart
            parameter.data += 0.3 * torch.randn_like(parameter)
        for level in network.audio_encoder.quantizer.layers:
            level.codebook.embed.normal_()
    made = network.generation_config
    made.do_sample, made.guidance_scale, made.max_length = True, 3.0, 1500
    made.pad_token_id = made.bos_token_id = made.decoder_start_token_id = CODES
    network.save_pretrained(path)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>").save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_musicgen(tmp_path_factory.mktemp("models") / "musicgen-small")


@pytest.fixture(scope="module")
def musicgen(folder: Path) -> MusicGen:
    return MusicGen(folder)


@pytest.fixture
def clips(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Three clips, on a machine that has the model."""
    monkeypatch.setenv("V2MEOW_MODELS", str(folder.parent))
    clips = pd.DataFrame({"clip_id": ["a", "b", "c"], "caption": ["calm music", "rock", "calm rock music"]})
    return clips.assign(path="", start_s=0.0, end_s=CLOCK.clip_s, sha256="0")


@pytest.mark.parametrize("seconds", [0.02, 0.3, 0.411])
def test_the_sound_has_the_length_that_was_asked_for(musicgen: MusicGen, seconds: float) -> None:
    """Catches the steps that codebooks start late by, which would be missing at the end."""
    wave = musicgen.compose("calm music", seconds, 0)
    assert musicgen.sample_rate_hz == RATE_HZ and wave.shape == (round(seconds * RATE_HZ),)
    assert wave.dtype == np.float32 and np.abs(wave[-HOP // 2 :]).max() > 0


def test_caption_and_seed_decide_the_music_and_nothing_else(musicgen: MusicGen) -> None:
    """Catches a caption that is not read, a seed that is not used, and draws that move the rest of the program."""
    wave = musicgen.compose("calm music", 0.4, 0)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    np.testing.assert_array_equal(musicgen.compose("calm music", 0.4, 0), wave)
    assert torch.equal(before, torch.random.get_rng_state())
    for other in (musicgen.compose("rock", 0.4, 0), musicgen.compose("calm music", 0.4, 1)):
        assert np.abs(other - wave).max() > 1e-4


def test_the_wave_equals_transformers_own(musicgen: MusicGen, folder: Path) -> None:
    """Catches other settings than the folder's, such as a guidance that is left out."""
    from transformers import AutoTokenizer, MusicgenForConditionalGeneration

    network = MusicgenForConditionalGeneration.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)(["calm rock music"], return_tensors="pt")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        expected = network.generate(**words, do_sample=True, guidance_scale=3.0, max_new_tokens=20 + BOOKS - 1)
    np.testing.assert_allclose(musicgen.compose("calm rock music", 0.4, 3), expected[0, 0].numpy(), atol=1e-6)


def test_a_clip_has_the_same_music_whatever_stands_beside_it(clips: pd.DataFrame, tmp_path: Path) -> None:
    """Catches a seed by position, and 32 kHz that is played at 16."""
    every = render_baselines((MUSICGEN,), clips, CLOCK, 0, 1, tmp_path / "every")[MUSICGEN]
    alone = render_baselines((MUSICGEN,), clips[1:2], CLOCK, 0, 1, tmp_path / "alone")[MUSICGEN]
    np.testing.assert_array_equal(every.read("b", "audio"), alone.read("b", "audio"))
    assert every.layout == {"audio": ("int16", (CLOCK.clip_samples,))}


def test_a_killed_run_goes_on_and_other_captions_are_played_anew(
    clips: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches hours of work that a kill costs, and music of a caption that has changed."""
    played: list[str] = []
    compose = MusicGen.compose

    def noted(self: MusicGen, caption: str, seconds: float, seed: int) -> np.ndarray:
        played.append(caption)
        if len(played) == 3:
            raise KeyboardInterrupt
        return compose(self, caption, seconds, seed)

    monkeypatch.setattr(play.MusicGen, "compose", noted)
    with pytest.raises(KeyboardInterrupt):
        render_baselines((MUSICGEN,), clips, CLOCK, 0, 1, tmp_path)
    render_baselines((MUSICGEN,), clips, CLOCK, 0, 1, tmp_path)
    assert played[3:] == ["calm rock music"]
    changed = clips.assign(caption=["calm music", "rock", "rock"])
    render_baselines((MUSICGEN,), changed, CLOCK, 0, 1, tmp_path)
    assert played[4:] == ["rock"]


def test_clips_without_captions_are_named(clips: pd.DataFrame, tmp_path: Path) -> None:
    """Catches music for an empty caption."""
    with pytest.raises(ConfigError, match=r"1 of 3 .* such as b"):
        render_baselines((MUSICGEN,), clips.assign(caption=["x", None, "y"]), CLOCK, 0, 1, tmp_path)


def test_absent_weights_name_model_folder_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an error that leaves a person searching, and a download."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        MusicGen()
    for part in ("facebook/musicgen-small", str(tmp_path / "musicgen-small"), "GB", "model.safetensors"):
        assert part in str(error.value)


def test_pickled_weights_are_not_read(folder: Path, tmp_path: Path) -> None:
    """Catches a folder from a stranger whose weights run code."""
    for path in folder.iterdir():
        name = "pytorch_model.bin" if path.suffix == ".safetensors" else path.name
        (tmp_path / name).write_bytes(path.read_bytes())
    with pytest.raises(MissingModelError, match=r"model\.safetensors"):
        MusicGen(tmp_path)


def test_more_than_the_model_can_do_is_refused(musicgen: MusicGen, tmp_path: Path) -> None:
    """Catches a minute that wanders off, and a stereo model of which one channel is taken."""
    with pytest.raises(ConfigError, match="30 s"):
        musicgen.compose("calm", 31.0, 0)
    with pytest.raises(ConfigError, match="mono"):
        MusicGen(write_musicgen(tmp_path / "stereo", audio_channels=2))


def test_damaged_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(MusicGen, folder, tmp_path)
