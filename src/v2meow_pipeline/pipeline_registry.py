"""Which pipelines there are, by name."""

import warnings
from collections.abc import Mapping, Sequence

from kedro.pipeline import Pipeline

from v2meow_pipeline.corpus.recipes import NAMES as NETWORKS
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

TOKENIZERS = ("semantic_tokenizer", "acoustic_tokenizer")


def register_pipelines() -> dict[str, Pipeline]:
    """Each part by its name, and the two that people run: `train`, and everything.

    What depends on the path from video to codes is there for every path, as `train:without_fine` and so on; the hook in
    hooks/release.py puts those of `generate.composer.path` in the place of the default's.
    """
    # Stages are namespaces, so what they give to other pipelines is rightly called `semantic.checkpoint`.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    parts = {
        "ingest": ingest.create_pipeline(),
        "features": features.create_pipeline(),
        "tokenize": tokenize.create_pipeline(),
    }
    # Each by its name: what DVC runs one by one, and what is trained on demand.
    others = {name: networks.create_pipeline(name) for name in NETWORKS}
    others |= {name: stages.create_pipeline([name]) for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES)}
    others |= {name: parts["tokenize"].only_nodes(f"fit_{name}") for name in TOKENIZERS}
    others |= {"encode": parts["tokenize"].only_nodes("encode_clips", "report_tokenizers")}
    others |= {"score": evaluate.create_pipeline(), "judge": features.create_judge_pipeline()}
    others |= {"music_text_predictor": features.create_predictor_pipeline()}
    # What the release is evaluated on: clips of other splits are not collected, and nothing is trained.
    seen = parts["features"].only_nodes("extract_visual", "extract_trunk", "embed_music_text")
    heard = others["encode"].only_nodes("encode_clips")
    played = generate.create_pipeline(stages=())
    played -= played.only_nodes(generate.RECORD)
    of_paths = {
        f"{name}:{path}": pipeline
        for path, specs in PATHS.items()
        for name, pipeline in _of_path([spec.name for spec in specs], parts, others["score"]).items()
    }
    return {
        **parts,
        **others,
        **_of_path(STAGE_NAMES, parts, others["score"]),
        **of_paths,
        "networks": sum((others[name] for name in NETWORKS), Pipeline([])),
        "retrain": retrain.create_pipeline(),
        "tune": tune.create_pipeline(),
        "ablation": others["vitvqgan"] + ablation.create_pipeline(),
        "components": components.create_pipeline(),
        "diagnose": diagnose.create_pipeline(),
        "evaluate_release": parts["ingest"] + seen + heard + played + others["score"],
    }


def _of_path(names: Sequence[str], parts: Mapping[str, Pipeline], score: Pipeline) -> dict[str, Pipeline]:
    """What depends on the stages from video to codes, whose names these are."""
    trained, played = stages.create_pipeline(names), generate.create_pipeline(names)
    train = parts["ingest"] + parts["features"] + parts["tokenize"] + trained + played.only_nodes(generate.RECORD)
    # Scores without the music that they are of would be of an older model, so evaluating generates first.
    scored = played + score
    return {"stages": trained, "generate": played, "train": train, "evaluate": scored, "__default__": train + scored}
