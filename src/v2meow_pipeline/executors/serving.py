"""Composers of a web server whose networks are deployments of Ray Serve."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from v2meow_pipeline.composer import Composer, ModelSource, composer_of
from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import close_session, open_session
from v2meow_pipeline.parallel import one_thread


@dataclass(frozen=True)
class ServedComposer:
    """Loads a composer that calls deployments, in any process of this machine.

    Attributes:
        address: address of the Ray session with the deployments.
        group: name of the models' deployments.
    """

    address: str
    group: str

    def __call__(self, models: ModelSource) -> Composer:
        """Connects to the deployments of models."""
        open_session(RayConfig(address=self.address))
        from v2meow_pipeline.executors.ray.serving.remote_composer import RemoteComposer

        config = composer_of(models.folder)
        return RemoteComposer(Bundle.load(models.folder, config), config, self.group)


@contextmanager
def serving(models: Mapping[str, ModelSource], replicas: Mapping[str, int]) -> Iterator[dict[str, ServedComposer]]:
    """Starts Ray on this machine, for loopback only and without a dashboard, with deployments of models.

    Args:
        models: models by name.
        replicas: number of replicas of each part (`deploy`).

    Yields:
        Loaders of the composers, by name of the models.
    """
    with one_thread():
        open_session(RayConfig())
    try:
        import ray

        from v2meow_pipeline.executors.ray.serving.deploy import deploy

        groups = {name: f"models-{number}" for number, name in enumerate(models, start=1)}
        deploy({groups[name]: source for name, source in models.items()}, replicas)
        address = ray.get_runtime_context().gcs_address
        yield {name: ServedComposer(address, group) for name, group in groups.items()}
    finally:
        close_session()
