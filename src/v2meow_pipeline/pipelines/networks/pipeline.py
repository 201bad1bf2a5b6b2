"""Networks pipeline: one namespace per network, so that `--params soundstream.train.lr=...` sets one of them."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.networks.nodes import tabulate_curves, train_one_network


def create_pipeline(name: str) -> Pipeline:
    """Creates the pipeline that trains the network `name`."""
    network = Pipeline(
        [
            Node(
                train_one_network,
                {
                    "manifest": "clip_manifest",
                    "clip_audio": "clip_audio",
                    "recipe": "params:recipe",
                    "model": "params:model",
                    "train": "params:train",
                    "workers": "params:networks.workers",
                    "clock": "params:clock",
                    "backend": "params:backend",
                    "ray": "params:ray",
                    "cache": "training_cache_folder",
                    "workspace": "workspace",
                },
                ["checkpoint", "figures"],
                name="train",
            ),
            Node(tabulate_curves, "checkpoint", "curves", name="tabulate_curves"),
        ]
    )
    shared = {"params:networks.workers", "params:clock", "params:backend", "params:ray"}
    inputs = {"clip_manifest", "clip_audio", "training_cache_folder"}
    return Pipeline(network, namespace=name, inputs=inputs, parameters=shared)
