"""Any ONNX file as a judge."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.support.tiny_onnx import HOP, RATE_HZ, WINDOW, WINDOWS, of_waves, of_windows, weights, write_judge

from v2meow_pipeline.encoders.base import AudioJudge
from v2meow_pipeline.encoders.onnx.judge import OnnxJudge, onnx_fingerprint
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError

NETWORKS = {
    "windows": (of_windows(), {**WINDOWS}),
    "windows, one at a time": (of_windows(batch=1), {**WINDOWS}),
    "waves": (of_waves(), {"least_samples": WINDOW}),
    "waves without a batch": (of_waves(batched=False), {"least_samples": WINDOW, "input_shape": ["samples"]}),
}


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    """A second and a half, of more windows than one batch."""
    return np.random.default_rng(0).normal(size=12_000).astype(np.float32)


def expected(wave: np.ndarray) -> np.ndarray:
    padded = np.pad(wave, (0, max(0, WINDOW - len(wave))))
    starts = range(0, len(padded) - WINDOW + 1, HOP)
    return np.stack([weights() @ padded[start : start + WINDOW] for start in starts])


@pytest.mark.parametrize("samples", [1, WINDOW, WINDOW + HOP - 1, WINDOW + HOP, 12_000])
@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_gives_the_products_at_every_hop(tmp_path: Path, wave: np.ndarray, kind: str, samples: int) -> None:
    """Catches windows that are lost at a batch's edge or at the end, and axes that are mixed up."""
    network, settings = NETWORKS[kind]
    judge = OnnxJudge("onnx_tiny", write_judge(tmp_path, network, **settings))
    assert isinstance(judge, AudioJudge)
    assert (judge.name, judge.width, judge.sample_rate_hz) == ("onnx_tiny", 5, RATE_HZ)
    rows = judge.embed(wave[:samples])
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected(wave[:samples]), rtol=1e-4, atol=1e-4)


def test_short_waves_are_followed_by_a_second_s_silence(tmp_path: Path, wave: np.ndarray) -> None:
    """Catches a network that fails on a clip shorter than it was made for."""
    judge = OnnxJudge("onnx_tiny", write_judge(tmp_path, of_waves()))
    assert len(judge.embed(wave[:10])) == 1 + (RATE_HZ - WINDOW) // HOP


def test_missing_files_name_the_folder_and_what_to_put_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches an error that leaves a person searching."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        OnnxJudge("onnx_trill")
    for part in (str(tmp_path / "onnx_trill"), "model.onnx and judge.json missing", "pretrained.md", "V2MEOW_MODELS"):
        assert part in str(error.value)


@pytest.mark.parametrize("name", ["trill", "onnx_", "onnx_../../etc", "onnx_Trill", "onnx_a b"])
def test_a_name_is_a_key_and_a_folder(name: str) -> None:
    """Catches a folder elsewhere, and keys that neither MLflow nor a file's name would take."""
    with pytest.raises(ConfigError, match="cannot be called"):
        onnx_fingerprint(name)


def test_the_fingerprint_follows_the_network_its_data_and_its_settings(tmp_path: Path) -> None:
    """Catches scores of one network taken for those of another."""
    folder = write_judge(tmp_path)
    seen = [onnx_fingerprint("onnx_tiny", folder)]
    write_judge(tmp_path, of_windows(seed=1), **WINDOWS)
    seen.append(onnx_fingerprint("onnx_tiny", folder))
    write_judge(tmp_path, of_windows(seed=1), **{**WINDOWS, "hop_samples": 100})
    seen.append(onnx_fingerprint("onnx_tiny", folder))
    (tmp_path / "model.onnx.data").write_bytes(b"weights of their own")
    seen.append(onnx_fingerprint("onnx_tiny", folder))
    assert len(set(seen)) == 4 and onnx_fingerprint("onnx_other", folder) == seen[-1]


@pytest.mark.parametrize(
    ("network", "settings", "told"),
    [
        (of_windows(), {}, r"takes exactly 400 samples: set window_samples"),
        (of_windows(), {**WINDOWS, "window_samples": 300}, r"takes exactly 400 samples"),
        (of_windows(), {**WINDOWS, "input": "audio"}, r"has the inputs wave and the outputs embedding"),
        (of_windows(), {**WINDOWS, "output": "logits"}, r"has the inputs wave and the outputs embedding"),
        (of_windows(), {**WINDOWS, "input_shape": ["samples"]}, r"takes tensor\(float\) of \['n', 400\]"),
        (of_windows(batch=8), {**WINDOWS}, r"takes exactly 8 waves at once"),
        (of_waves(), {"least_samples": 10}, r"fails on an input of \[1, 10\]"),
        (of_waves(), {"window_samples": 400}, r"judge\.json: .*set together"),
        (of_waves(), {**WINDOWS, "least_samples": 400}, r"judge\.json: .*least_samples is for whole waveforms"),
        (of_waves(), {"sample_rate_hz": 0}, r"judge\.json: .*sample_rate_hz"),
        (of_waves(), {"input_shape": ["samples", "batch"]}, r"judge\.json: .*input_shape"),
        (of_waves(), {"rate": 8_000}, r"judge\.json: .*rate"),
    ],
)
def test_what_does_not_fit_is_known_before_anything_is_heard(
    tmp_path: Path, network: bytes, settings: dict[str, object], told: str
) -> None:
    """Catches a judge that fails after an hour, or hears something else than its settings say."""
    with pytest.raises(ConfigError, match=told):
        OnnxJudge("onnx_tiny", write_judge(tmp_path, network, **settings))


def test_an_output_whose_last_axis_is_time_is_refused(tmp_path: Path, wave: np.ndarray) -> None:
    """Catches five rows of as many numbers as there are frames, which only the length of the wave gives away."""
    judge = OnnxJudge("onnx_tiny", write_judge(tmp_path, of_waves(perm=(0, 1, 2))))
    with pytest.raises(ConfigError, match="returns 59 values per row, but 39 for silence"):
        judge.embed(wave)


def test_a_broken_network_is_named(tmp_path: Path) -> None:
    """Catches a traceback of onnxruntime where half a download is the reason."""
    with pytest.raises(V2MeowError, match=r"model\.onnx holds no network that can be run"):
        OnnxJudge("onnx_tiny", write_judge(tmp_path, of_waves()[:200]))


@pytest.mark.parametrize("text", ["{", "[]", json.dumps("wave")])
def test_settings_that_are_no_object_are_named(tmp_path: Path, text: str) -> None:
    """Catches a traceback of the JSON reader."""
    (write_judge(tmp_path) / "judge.json").write_text(text)
    with pytest.raises(ConfigError, match=r"judge\.json"):
        OnnxJudge("onnx_tiny", tmp_path)
