"""Training recipe of I3D: contrastive learning of optical flow and audio of the same second."""

from v2meow_pipeline.corpus.clips import with_video
from v2meow_pipeline.corpus.flow_frames import write_flow
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.i3d.config import I3dFlowConfig
from v2meow_pipeline.encoders.i3d.synchrony import SynchronyObjective
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler
from v2meow_pipeline.examples.flow_and_sound import FlowAndSound
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources


def examples(config: I3dFlowConfig, sources: Sources, batches: BatchSettings) -> FlowAndSound:
    """Batches of optical flow and audio; flow is computed once and cached in `sources.cache`.

    Args:
        config: network configuration, with the size of the flow fields.
        sources: corpus data.
        batches: size and seed of the batches.

    Returns:
        Training and validation batches.
    """
    used = with_video(sources.manifest[sources.manifest["split"].isin(["train", "val"])])
    folder = write_flow(used, config.flow, sources.clock, sources.cache / "flow", sources.executor)
    train, val = (used.loc[used["split"] == split, "clip_id"].tolist() for split in ("train", "val"))
    return FlowAndSound(ShardReader(folder), sources.clip_audio, EpochSampler(train, val, batches))


RECIPE = Recipe(settings=I3dFlowConfig, objective=SynchronyObjective, examples=examples, clocked=False)
