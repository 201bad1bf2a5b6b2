"""Spans that are generated anew, scenes, and music that continues earlier music, with small models."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import make_constant
from tests.support.small_models import make_small_models

from v2meow_pipeline.composer import Composer, generate, regenerate
from v2meow_pipeline.composer.continuation import encode_lead, lead_s
from v2meow_pipeline.composer.earlier_result import read_earlier_result
from v2meow_pipeline.errors import ConfigError, MediaError, StaleError
from v2meow_pipeline.media.audio import read_audio, write_wav
from v2meow_pipeline.media.containers import SAMPLE_RATE_HZ
from v2meow_pipeline.media.mux_config import MuxConfig

RATE_HZ = SAMPLE_RATE_HZ
SPAN = (2.0, 4.0)


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    """Small models, with windows of two seconds."""
    return Composer.from_pretrained(make_small_models(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds without sound."""
    return make_constant(tmp_path_factory.mktemp("video") / "clip.mp4", 10, 6.0)


@pytest.fixture(scope="module")
def result(composer: Composer, video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An earlier result whose sound is stored without loss, with scenes and another loudness."""
    mux = MuxConfig(loudness_lufs=-20.0, fade_out_s=0.5)
    output = tmp_path_factory.mktemp("result") / "out.wav"
    return generate(video, output, seed=3, scenes=["0-3 jazz"], mux=mux, models=composer).output


def _clicks(wave: np.ndarray) -> float:
    """Largest step between two samples."""
    return float(np.abs(np.diff(wave)).max())


def test_outside_the_span_every_sample_stays(composer: Composer, video: Path, result: Path, tmp_path: Path) -> None:
    """Catches a change of loudness, a shift, or a window that is sampled again outside the span; and clicks."""
    made = regenerate(video, tmp_path / "new.wav", "2-4", earlier=result, models=composer)
    before, after = read_audio(result, RATE_HZ), read_audio(made.output, RATE_HZ)
    start, stop = (round(bound * RATE_HZ) for bound in SPAN)
    np.testing.assert_array_equal(after[:start], before[:start])
    np.testing.assert_array_equal(after[stop:], before[stop:])
    inner = slice(start + RATE_HZ // 4, stop - RATE_HZ // 4)
    assert abs(np.corrcoef(before[inner], after[inner])[0, 1]) < 0.5
    usual = max(_clicks(before), _clicks(after[inner]))
    for seam in (start, stop):
        assert _clicks(after[seam - RATE_HZ // 5 : seam + RATE_HZ // 5]) <= usual


def test_a_result_can_be_changed_again_and_again(composer: Composer, video: Path, result: Path, tmp_path: Path) -> None:
    """Catches a second change that undoes the first, and a recipe that lacks it; the video is the earlier result."""
    first = generate(video, tmp_path / "out.mp4", seed=3, models=composer).output
    second = regenerate(first, tmp_path / "second.mp4", "1-2", prompt="fast techno", models=composer).output
    third = regenerate(second, tmp_path / "third.mkv", "4-6", seed=9, models=composer).output
    recipe = read_earlier_result(third).recipe
    assert [(part.start_s, part.end_s, part.prompt) for part in recipe.redone] == [(1, 2, "fast techno"), (4, 6, None)]
    waves = [read_audio(path, RATE_HZ)[: 5 * RATE_HZ] for path in (first, second, third)]
    changed = slice(round(1.3 * RATE_HZ), round(1.7 * RATE_HZ))
    assert np.corrcoef(waves[0][changed], waves[1][changed])[0, 1] < 0.8
    assert np.corrcoef(waves[1][changed], waves[2][changed])[0, 1] > 0.95
    end = slice(round(4.3 * RATE_HZ), None)
    assert np.corrcoef(waves[1][end], waves[2][end])[0, 1] < 0.8


def test_a_prompt_changes_the_span_alone(composer: Composer, video: Path, result: Path, tmp_path: Path) -> None:
    """Catches an audio prompt that is heard, or that is not the one of the chosen candidate."""
    spans = [
        regenerate(video, tmp_path / f"{p}.wav", "2-4", earlier=result, prompt=p, models=composer)
        for p in ("jazz", "metal")
    ]
    first, second = (read_audio(made.output, RATE_HZ) for made in spans)
    before, start, stop = read_audio(result, RATE_HZ), *(round(bound * RATE_HZ) for bound in SPAN)
    for after in (first, second):
        np.testing.assert_array_equal(after[:start], before[:start])
        np.testing.assert_array_equal(after[stop:], before[stop:])
    assert (first[start:stop] != second[start:stop]).any()


def test_settings_of_sampling_need_no_second_copy_of_the_models(
    composer: Composer, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches models that are loaded again for another guidance, and a subclass that computes elsewhere and is left."""
    guided = composer.with_config(composer.config.changed(guidance=2.0))
    result = generate(video, tmp_path / "out.wav", seed=3, models=guided).output
    monkeypatch.delattr(Composer, "from_pretrained")
    made = regenerate(video, tmp_path / "new.wav", "2-4", earlier=result, models=composer)
    before, after = read_audio(result, RATE_HZ), read_audio(made.output, RATE_HZ)
    start, stop = (round(bound * RATE_HZ) for bound in SPAN)
    np.testing.assert_array_equal(after[:start], before[:start])
    np.testing.assert_array_equal(after[stop:], before[stop:])


def test_another_decoder_is_loaded(composer: Composer, video: Path, tmp_path: Path) -> None:
    """Catches a result whose decoder is not the models' own, and which is taken for another piece."""
    other = "vocoder" if composer.config.decoder == "griffin_lim" else "griffin_lim"
    config = composer.config.changed(decoder=other)
    result = generate(video, tmp_path / "out.wav", seed=3, models=composer.bundle.folder, config=config).output
    made = regenerate(video, tmp_path / "new.wav", "2-4", earlier=result, models=composer)
    before, after = read_audio(result, RATE_HZ), read_audio(made.output, RATE_HZ)
    np.testing.assert_array_equal(after[: 2 * RATE_HZ], before[: 2 * RATE_HZ])


def test_the_last_second_can_be_changed(composer: Composer, video: Path, result: Path, tmp_path: Path) -> None:
    """Catches windows beyond the tokens of the piece, and a fade-out that is lost."""
    made = regenerate(video, tmp_path / "new.wav", "5.1-6", earlier=result, models=composer)
    before, after = read_audio(result, RATE_HZ), read_audio(made.output, RATE_HZ)
    np.testing.assert_array_equal(after[: round(5.1 * RATE_HZ)], before[: round(5.1 * RATE_HZ)])
    assert np.abs(after[-100:]).max() < 0.01


@pytest.mark.parametrize(
    ("span", "message"), [("5-9", "outside the video"), ("1-1.2", "too short"), ("4-2", "before it starts")]
)
def test_a_span_that_cannot_be_changed_is_refused(
    span: str, message: str, composer: Composer, video: Path, result: Path, tmp_path: Path
) -> None:
    """Catches a traceback, or an output that was not asked for."""
    with pytest.raises(ConfigError, match=message):
        regenerate(video, tmp_path / "new.wav", span, earlier=result, models=composer)
    assert not [*tmp_path.iterdir()]


def test_a_file_of_another_origin_is_refused(composer: Composer, video: Path, result: Path, tmp_path: Path) -> None:
    """Catches music that is replaced although it cannot be generated again."""
    with pytest.raises(ConfigError, match="does not say how"):
        regenerate(video, tmp_path / "new.mp4", "1-2", models=composer)
    edited = tmp_path / "edited.mp4"
    other = generate(video, tmp_path / "other.mp4", seed=8, models=composer).output
    _with_comment_of(generate(video, tmp_path / "out.mp4", seed=7, models=composer).output, other, edited)
    with pytest.raises(StaleError, match="cannot be generated again"):
        regenerate(edited, tmp_path / "new.mp4", "1-2", models=composer)
    assert not (tmp_path / "new.mp4").exists()


def _with_comment_of(commented: Path, sounding: Path, output: Path) -> None:
    """Sound of one result with the metadata of another."""
    import subprocess

    from v2meow_pipeline.media.ffmpeg import find_ffmpeg

    words = [find_ffmpeg(), "-i", sounding, "-i", commented, "-map", "0", "-map_metadata", "1", "-c", "copy", output]
    subprocess.run(words, check=True, capture_output=True)


def test_music_continues_earlier_music(composer: Composer, video: Path, result: Path, tmp_path: Path) -> None:
    """Catches earlier music that is read and ignored, or that is part of the new sound."""
    plain = generate(video, tmp_path / "plain.wav", seed=3, models=composer).output
    made = generate(video, tmp_path / "next.wav", seed=3, continue_from=result, models=composer).output
    waves = [read_audio(path, RATE_HZ) for path in (plain, made)]
    assert len(waves[0]) == len(waves[1])
    assert np.corrcoef(*waves)[0, 1] < 0.8
    again = regenerate(video, tmp_path / "again.wav", "2-4", earlier=made, models=composer).output
    start, stop = (round(bound * RATE_HZ) for bound in SPAN)
    np.testing.assert_array_equal(read_audio(again, RATE_HZ)[:start], waves[1][:start])
    np.testing.assert_array_equal(read_audio(again, RATE_HZ)[stop:], waves[1][stop:])


def test_a_lead_is_what_the_tokenizers_say_of_the_last_seconds(composer: Composer, tmp_path: Path) -> None:
    """Catches the wrong seconds, and a faded end that the music would continue in silence."""
    rng, hz = np.random.default_rng(0), composer.clock.sample_rate_hz
    wave = np.concatenate([rng.normal(size=4 * hz) * 0.1, np.zeros(hz)])
    write_wav(tmp_path / "song.wav", wave, hz)
    lead = encode_lead(composer, tmp_path / "song.wav", fade_out_s=1.0)
    assert {name: tuple(tokens.shape) for name, tokens in lead.items()} == {
        "semantic": (1, 1, round(lead_s(composer) * composer.clock.semantic_hz)),
        "coarse": (1, composer.clock.coarse_levels, round(lead_s(composer) * composer.clock.acoustic_hz)),
    }
    with pytest.raises(MediaError, match="silent"):
        encode_lead(composer, tmp_path / "song.wav", fade_out_s=0.0)
    with pytest.raises(MediaError, match="less than"):
        encode_lead(composer, tmp_path / "song.wav", fade_out_s=4.5)
