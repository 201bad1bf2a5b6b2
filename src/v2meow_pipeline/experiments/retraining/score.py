"""Scores of champion and challenger on the same frozen evaluation clips."""

from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.manifest_diff import diff_manifests
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.evaluation.audio_embeddings import EmbedderSet, EmbeddingCache, features_of
from v2meow_pipeline.evaluation.audio_sets import stored_audio
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips
from v2meow_pipeline.evaluation.generate import MODEL, GenerateConfig, generate_clips
from v2meow_pipeline.evaluation.verdict import CHALLENGER, CHAMPION, LOSS, VerdictConfig
from v2meow_pipeline.experiments.retraining.data import Stores
from v2meow_pipeline.jobs.stage_job import stage_readers
from v2meow_pipeline.metrics.by_clip import score_clips
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.training.clip_losses import clip_losses

FROZEN = "evaluation"


def frozen_clips(manifest: pd.DataFrame, config: ChooseConfig, folder: Path) -> pd.DataFrame:
    """Evaluation clips of all rounds: chosen in the first round, and frozen from then on.

    Args:
        manifest: clip manifest of old and new data.
        config: selection of clips; other values create another frozen set.
        folder: retraining folder.

    Returns:
        Manifest rows of the frozen clips.

    Raises:
        StaleError: when frozen clips are missing or changed.
    """
    path = folder / FROZEN / f"{fingerprint(config.model_dump(mode='json'))}.parquet"
    if not path.is_file():
        chosen = choose_clips(manifest, config)
        with atomic_path(path) as temporary:
            chosen.to_parquet(temporary, index=False)
        return chosen
    frozen = pd.read_parquet(path)
    present = manifest.set_index("clip_id", drop=False).reindex(frozen["clip_id"]).dropna(subset=["sha256"])
    lost = diff_manifests(frozen, present)
    if lost.gone or lost.changed:
        examples = ", ".join([*lost.gone, *lost.changed][:3])
        raise StaleError(
            f"{len(lost.gone) + len(lost.changed)} clips of the frozen evaluation set are gone or changed: {examples}.",
            f"Restore them (`dvc checkout`), or delete {path} to freeze another set.",
        )
    return present.reset_index(drop=True)


def score_both(
    clips: pd.DataFrame,
    stores: Stores,
    champion: Path,
    challenger: Path,
    generate: GenerateConfig,
    verdict: VerdictConfig,
    clock: Clock,
    folder: Path,
    workers: int,
) -> pd.DataFrame:
    """Scores champion and challenger per clip; resumes an interrupted generation.

    Losses are computed without a prompt, since a clip's music-text embedding would be computed from its own music.
    Music is generated and measured only if the verdict uses metrics of it.

    Args:
        clips: manifest rows of the frozen clips.
        stores: features and tokens of all clips.
        champion: folder of the champion's models.
        challenger: folder of the challenger's models.
        generate: generation configuration.
        verdict: promotion criteria, which define the metrics.
        clock: rates of all streams.
        folder: folder of the round.
        workers: number of processes that analyse waveforms.

    Returns:
        One row per clip and system: `system`, `clip_id`, `genre`, `loss` (mean over stages, nats per token),
        `loss_<stage>`, and the metrics of metrics/by_clip.py.
    """
    models = {CHAMPION: champion, CHALLENGER: challenger}
    clip_ids = clips["clip_id"].tolist()
    rows = pd.concat([_losses(name, at, generate.composer.path, stores, clips) for name, at in models.items()])
    if all(metric.startswith(LOSS) for metric in (verdict.metric, *verdict.margins)):
        return rows.reset_index(drop=True)
    # One sample with video per clip: the other systems of an evaluation are not needed for the verdict.
    with_video = generate.model_copy(update={"systems": (MODEL,), "samples": 1})
    generated = {
        name: ShardReader(generate_clips(clips, stores.visual_features, at, with_video, folder / f"generated_{name}"))
        for name, at in models.items()
    }
    audio = {name: stored_audio(store, clip_ids, MODEL) for name, store in generated.items()}
    audio["reference"] = stored_audio(stores.clip_audio, clip_ids)
    embedded = EmbeddingCache(workers).embed(audio, EmbedderSet(clock))
    features = {name: features_of(of_system) for name, of_system in embedded.items()}
    reference, tempi = features.pop("reference"), clips["tempo_bpm"].astype(float).tolist()
    measured = pd.DataFrame(score_clips(features, reference, clip_ids, tempi))
    return rows.merge(measured, on=["system", "clip_id"], validate="one_to_one")


def _losses(system: str, models: Path, path: str, stores: Stores, clips: pd.DataFrame) -> pd.DataFrame:
    clip_ids = clips["clip_id"].tolist()
    losses = {}
    for spec in PATHS[path]:
        model = load_stage(ModelStore(models).stage(spec.name))
        readers = stage_readers(model.config.all_features(), stores.tokens, stores.visual_features, stores.music_text)
        losses[f"{LOSS}_{spec.name}"] = clip_losses(model, readers, clip_ids)
    mean = np.mean(list(losses.values()), axis=0)
    known = {"system": system, "clip_id": clip_ids, "genre": clips["genre"].tolist()}
    return pd.DataFrame({**known, LOSS: mean, **losses})
