"""How I3D learns from the corpus: movement and sound of the same second belong together."""

from v2meow_pipeline.corpus.flow_frames import FlowAndSound, write_flow
from v2meow_pipeline.corpus.recipes.recipe import Recipe, Sources
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.i3d.config import I3dFlowConfig
from v2meow_pipeline.encoders.i3d.synchrony import SynchronyObjective


def examples(config: I3dFlowConfig, sources: Sources, batch_size: int, seed: int, val_clips: int) -> FlowAndSound:
    """Flow and sound of the training and validation clips; flow is measured once and kept in `sources.cache`.

    Args:
        config: sizes of the pictures of flow.
        sources: the corpus.
        batch_size: clips of a step.
        seed: of their order.
        val_clips: validation clips at most.

    Returns:
        The batches.
    """
    used = sources.manifest[sources.manifest["split"].isin(["train", "val"])]
    folder = write_flow(used, config.flow, sources.clock, sources.cache / "flow", sources.executor)
    train, val = (used.loc[used["split"] == split, "clip_id"].tolist() for split in ("train", "val"))
    return FlowAndSound(ShardReader(folder), sources.clip_audio, train, val, batch_size, seed, val_clips)


RECIPE = Recipe(settings=I3dFlowConfig, objective=SynchronyObjective, examples=examples, clocked=False)
