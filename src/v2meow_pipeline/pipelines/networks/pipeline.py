"""Networks pipeline: one namespace per network, so that `--params soundstream.train.lr=...` sets one of them."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.examples.recipes import BUILT_ON_CODEC
from v2meow_pipeline.pipelines.networks.nodes import collect_sources, tabulate_curves, train_one_network


def create_pipeline(name: str) -> Pipeline:
    """Creates the pipeline that trains the network `name`."""
    data = ["clip_manifest", "clip_audio", "training_cache_folder", "executor"]
    codec = ["acoustic_tokenizer"] if name in BUILT_ON_CODEC else []
    sources = [*data[:2], "params:clock", *data[2:], *codec]
    train = ["sources", "params:network", "executor", "workspace"]
    network = Pipeline(
        [
            Node(collect_sources, sources, "sources", name="collect_sources"),
            Node(train_one_network, train, ["checkpoint", "figures"], name="train"),
            Node(tabulate_curves, "checkpoint", "curves", name="tabulate_curves"),
        ]
    )
    parameters = {"params:clock": "params:clock", "params:network": f"params:{name}"}
    return Pipeline(network, namespace=name, inputs={*data, *codec}, parameters=parameters)
