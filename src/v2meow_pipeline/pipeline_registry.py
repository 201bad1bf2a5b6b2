"""Registry of the Kedro pipelines by name."""

import warnings
from collections.abc import Mapping, Sequence

from kedro.pipeline import Pipeline

from v2meow_pipeline.examples.recipes import NAMES as NETWORKS
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, PATHS, STAGE_NAMES
from v2meow_pipeline.pipelines import (
    ablation,
    components,
    diagnose,
    evaluate,
    features,
    generate,
    ingest,
    networks,
    retrain,
    stages,
    tokenize,
    tune,
)

# Networks of codecs on log-mel frames, and the pipeline `networks` of codecs with their own decoder, which need none of
# them; the hook in hooks/release.py selects it.
ON_LOG_MEL = frozenset({"mel_rvq", "vocoder"})
OWN_DECODER = "networks:own_decoder"


def register_pipelines() -> dict[str, Pipeline]:
    """Returns all pipelines by name: single parts, `train`, `evaluate`, and the default pipeline of both.

    Pipelines that depend on the path of stages are registered for every path, such as `train:without_fine`; the hook in
    hooks/release.py replaces the default ones by those of `generate.composer.path`.
    """
    # Stages are Kedro namespaces, so dataset names such as `semantic.checkpoint` are intended.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    parts = {
        "ingest": ingest.create_pipeline(),
        "features": features.create_pipeline(),
        "tokenize": tokenize.create_pipeline(),
    }
    # Parts that DVC runs separately, and networks that are trained on demand.
    others = {name: networks.create_pipeline(name) for name in NETWORKS}
    others |= {name: stages.create_pipeline([name]) for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES)}
    others |= {"semantic_tokenizer": tokenize.create_semantic_pipeline()}
    others |= {"acoustic_tokenizer": tokenize.create_acoustic_pipeline(), "encode": tokenize.create_report_pipeline()}
    others |= {"score": evaluate.create_pipeline(), "judge": features.create_judge_pipeline()}
    others |= {"music_text_predictor": features.create_predictor_pipeline()}
    others |= {"audio_prompts": tokenize.create_audio_prompts_pipeline()}
    # Evaluation of the release: prepares only the evaluated clips and trains nothing.
    extracted, encoded = parts["features"].only_nodes(*features.EXTRACT), tokenize.create_encode_pipeline()
    prepared = parts["ingest"] + extracted + encoded
    generated = generate.create_pipeline(stages=())
    generated -= generated.only_nodes(generate.RECORD)
    by_path = {
        f"{name}:{path}": pipeline
        for path, specs in PATHS.items()
        for name, pipeline in _path_pipelines([spec.name for spec in specs], parts, others["score"]).items()
    }
    return {
        **parts,
        **others,
        **_path_pipelines(STAGE_NAMES, parts, others["score"]),
        **by_path,
        "networks": sum((others[name] for name in NETWORKS), Pipeline([])),
        OWN_DECODER: sum((others[name] for name in NETWORKS if name not in ON_LOG_MEL), Pipeline([])),
        "retrain": retrain.create_pipeline(),
        "tune": tune.create_pipeline(),
        "ablation": others["vitvqgan"] + ablation.create_pipeline(),
        "components": components.create_pipeline(),
        "diagnose": diagnose.create_pipeline(),
        "evaluate_release": prepared + generated + others["score"],
        "diagnose_release": prepared + diagnose.create_pipeline(),
    }


def _path_pipelines(names: Sequence[str], parts: Mapping[str, Pipeline], score: Pipeline) -> dict[str, Pipeline]:
    """Pipelines that depend on the path of stages, given the stages' names."""
    trained, generated = stages.create_pipeline(names), generate.create_pipeline(names)
    train = parts["ingest"] + parts["features"] + parts["tokenize"] + trained + generated.only_nodes(generate.RECORD)
    # Evaluation includes generation, so that scores never belong to music of an older model.
    scored = generated + score
    return {"stages": trained, "generate": generated, "train": train, "evaluate": scored, "__default__": train + scored}
