"""Every system's audio beside the controls, and what the judges say of it."""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.registry import build_judge
from v2meow_pipeline.evaluation.generate import MODEL, WITHOUT_VIDEO
from v2meow_pipeline.metrics.controls import control_systems
from v2meow_pipeline.metrics.evaluate import EvaluateConfig, evaluate
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.progress import track
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.registry import Decoder, load_codec

RESYNTHESIS = "codec_resynthesis"


class SystemsConfig(Config):
    """What is evaluated, and by whom.

    Attributes:
        judges: networks whose embeddings FAD is computed from; none of them may have a part in the generation.
        seed: of the shuffle and the intervals.
        metrics: how intervals are made.
    """

    judges: tuple[str, ...] = ("speech_embedding",)
    seed: int = 0
    metrics: EvaluateConfig = Field(default_factory=EvaluateConfig)


def evaluate_systems(
    clips: pd.DataFrame,
    clip_audio: ShardReader,
    tokens: ShardReader,
    generated: ShardReader,
    codec: Path,
    config: SystemsConfig,
    clock: Clock,
    decoder: Decoder = "griffin_lim",
) -> EvaluationResult:
    """Scores of the model, the model without video, and the controls.

    Args:
        clips: rows of the manifest.
        clip_audio: ground truth.
        tokens: of the ground truth, for the codec's resynthesis: the ceiling of any model of these tokens.
        generated: of `evaluation.generate.generate_clips`.
        codec: checkpoint of the acoustic tokenizer.
        config: judges and seed.
        clock: the rates.
        decoder: of the codec, the same as in generation.

    Returns:
        Scores by clip, and over all of them with intervals.
    """
    clip_ids = list(clips["clip_id"])
    truth = _waves(clip_audio, AUDIO, clip_ids)
    tempi = clips["tempo_bpm"].astype(float).tolist()
    systems = {
        MODEL: _waves(generated, MODEL, clip_ids),
        WITHOUT_VIDEO: _waves(generated, WITHOUT_VIDEO, clip_ids),
        RESYNTHESIS: _resynthesis(tokens, load_codec(codec, clock, decoder), clip_ids),
        **control_systems(truth, clock.sample_rate_hz, tempi, config.seed, list(clips["source_id"])),
    }
    judges = {name: build_judge(name).embed for name in config.judges}
    return evaluate(systems, truth, clip_ids, tempi, judges, clock, config.seed, config.metrics)


def _waves(reader: ShardReader, column: str, clip_ids: list[str]) -> list[np.ndarray]:
    return [from_pcm(reader.read(clip_id, column)) for clip_id in clip_ids]


def _resynthesis(tokens: ShardReader, codec: Codec, clip_ids: list[str]) -> list[np.ndarray]:
    waves = (codec.decode(tokens.read(clip_id, "acoustic")) for clip_id in clip_ids)
    return [wave[: codec.clock.clip_samples] for wave in track(waves, "codec resynthesis", len(clip_ids))]
