"""The corpus on disk: complete, resumable, annotated."""

import json
from pathlib import Path

import pytest

from v2meow_pipeline import synthetic
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.synthetic import ClipCounts, SyntheticConfig, collect, plan_clips

NONE = {"train": 0, "val": 0, "test_iid": 0, "test_combo": 0, "test_font": 0, "test_look": 0}


def tiny(**counts: int) -> SyntheticConfig:
    return SyntheticConfig(clips=ClipCounts(**{**NONE, **counts}), source_s=2.0, width=64, height=64, workers=1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    collect(tiny(train=2, test_look=1), folder)
    return folder


def test_videos_and_annotations_are_what_the_plans_say(corpus: Path) -> None:
    config = tiny(train=2, test_look=1)
    for source, plan in zip(collect(config, corpus), plan_clips(config), strict=True):
        info = probe(Path(source.path))
        assert (info.width, info.height) == (64, 64) and info.has_audio and info.audio_rate_hz == 48_000
        assert info.duration_s == pytest.approx(2.0, abs=0.05)
        truth = json.loads(Path(source.annotation_path or "").read_text())
        assert truth["plan"] == plan.model_dump(mode="json") and truth["caption"] == source.caption
        assert truth["beats_s"] and truth["onsets_s"] and truth["chords"] and truth["instruments"]
        assert (source.split, source.genre, source.tempo_bpm) == (plan.split, plan.genre, plan.tempo_bpm)
        assert source.corpus == "synthetic" and source.licence == "CC0-1.0 (synthetic)"


def test_only_what_is_missing_or_made_for_another_plan_is_made(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(synthetic, "make_clip", _noting(made, synthetic.make_clip))
    first, second, look = collect(tiny(train=2, test_look=1), corpus)
    assert made == []
    Path(first.path).unlink()
    stale = json.loads(Path(second.annotation_path or "").read_text()) | {"fingerprint": "of another plan"}
    Path(second.annotation_path or "").write_text(json.dumps(stale))
    Path(look.annotation_path or "").write_text("{ cut off")
    collect(tiny(train=3, test_look=1), corpus)
    ids = [f"synthetic-train-{i:06d}" for i in range(3)]
    assert made == [*ids, "synthetic-test-look-000000"]


def test_a_clip_interrupted_before_its_annotation_is_made_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-made clips that count as complete would poison every later step."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    config = tiny(val=1)
    with monkeypatch.context() as patch:
        patch.setattr(synthetic, "write_annotation", killed)
        with pytest.raises(KeyboardInterrupt):
            collect(config, tmp_path)
    assert not list(tmp_path.rglob("*.json")) and not list(tmp_path.rglob("*.partial"))
    (source,) = collect(config, tmp_path)
    assert Path(source.path).is_file() and Path(source.annotation_path or "").is_file()


def _noting(made: list[str], make_clip):  # type: ignore[no-untyped-def]
    def noted(plan, config, folder):  # type: ignore[no-untyped-def]
        made.append(plan.source_id)
        return make_clip(plan, config=config, folder=folder)

    return noted
