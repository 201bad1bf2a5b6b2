"""Which pipelines there are, by name."""

import warnings

from kedro.pipeline import Pipeline

from v2meow_pipeline.corpus.recipes import NAMES as NETWORKS
from v2meow_pipeline.models.stages import OTHER_NAMES, STAGE_NAMES
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
    """Each part by its name, and the two that people run: `train`, and everything."""
    # Stages are namespaces, so what they give to other pipelines is rightly called `semantic.checkpoint`.
    warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
    parts = {
        "ingest": ingest.create_pipeline(),
        "features": features.create_pipeline(),
        "tokenize": tokenize.create_pipeline(),
        "stages": stages.create_pipeline(),
        "generate": generate.create_pipeline(),
    }
    # Each by its name: what DVC runs one by one, and what is trained on demand.
    others = {name: networks.create_pipeline(name) for name in NETWORKS}
    others |= {name: stages.create_pipeline([name]) for name in (*STAGE_NAMES, *OTHER_NAMES)}
    others |= {name: parts["tokenize"].only_nodes(f"fit_{name}") for name in TOKENIZERS}
    others |= {"encode": parts["tokenize"].only_nodes("encode_clips", "report_tokenizers")}
    others |= {"score": evaluate.create_pipeline(), "judge": features.create_judge_pipeline()}
    every = sum((others[name] for name in NETWORKS), Pipeline([]))
    train = parts["ingest"] + parts["features"] + parts["tokenize"] + parts["stages"]
    train += parts["generate"].only_nodes(generate.RECORD)
    # Scores without the music that they are of would be of an older model, so evaluating generates first.
    scored = parts["generate"] + others["score"]
    return {
        **parts,
        **others,
        "networks": every,
        "retrain": retrain.create_pipeline(),
        "tune": tune.create_pipeline(),
        "ablation": others["vitvqgan"] + ablation.create_pipeline(),
        "components": components.create_pipeline(),
        "diagnose": diagnose.create_pipeline(),
        "train": train,
        "evaluate": scored,
        "__default__": train + scored,
    }
