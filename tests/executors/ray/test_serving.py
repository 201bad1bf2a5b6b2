"""Generation on Ray Serve: the same music as in one process, listeners on loopback, and replicas that terminate."""

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from tests.support.media_makers import make_constant
from tests.support.small_models import make_small_models

from v2meow_pipeline.composer import Composer, ModelSource, generate, regenerate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.serving.batches import WindowRequest, decode_together
from v2meow_pipeline.executors.serving import ServedComposer, serving
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.models.decoding import decode
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.progress import observed
from v2meow_pipeline.web.addresses import is_loopback
from v2meow_pipeline.web.errors import JobCancelled


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelSource:
    """Small models."""
    return ModelSource(make_small_models(tmp_path_factory.mktemp("models") / "small"), "small models")


@pytest.fixture(scope="module")
def served(models: ModelSource) -> Iterator[ServedComposer]:
    """Deployments of the small models, with two replicas of the semantic stage."""
    pytest.importorskip("grpc_reflection")
    with serving({"small": models}, {"semantic": 2}) as loaders:
        yield loaders["small"]


def test_requests_of_other_shapes_share_a_batch(models: ModelSource) -> None:
    """Catches rows that go to another request, or depend on the requests that came at the same time."""
    model = Composer.from_pretrained(models.folder).bundle.stages["semantic"]
    generator = torch.Generator().manual_seed(0)

    def request(seeds: list[int], guidance: float, known: int) -> WindowRequest:
        rows = len(seeds)
        conditions = {
            name: torch.randn(rows, 2, kind, generator=generator)
            for name, kind in model.config.features.items()
            if isinstance(kind, int)
        }
        prefix = torch.zeros(rows, model.levels, known, dtype=torch.long) if known else None
        return WindowRequest(conditions, seeds, 50, SamplingConfig(guidance=guidance), prefix)

    requests = [request([1, 2], 1.0, 0), request([3], 2.0, 0), request([4], 1.0, 0), request([1], 1.0, 5)]
    answers = decode_together(model, requests)
    for asked, answer in zip(requests, answers, strict=True):
        alone = decode(model, asked.conditions, asked.seeds, asked.t, asked.sampling, prefix=asked.prefix)
        assert torch.equal(answer, alone)


@pytest.mark.slow
def test_music_of_ray_serve_is_that_of_one_process(models: ModelSource, served: ServedComposer, tmp_path: Path) -> None:
    """Catches a sample that depends on where it is computed, or on the jobs that run at the same time."""
    video = make_constant(tmp_path / "clip.mp4", Fraction(10), 5.0)
    options = [{"seed": 3, "takes": 2, "prompt": "calm piano"}, {"seed": 4}, {"seed": 5, "tempo_bpm": 100.0}]
    composers = [served(models) for _ in options]

    def make(index: int) -> None:
        generate(video, tmp_path / f"ray-{index}.mp4", models=composers[index], **options[index])  # type: ignore[arg-type]

    threads = [threading.Thread(target=make, args=(index,)) for index in range(len(options))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    local = Composer.from_pretrained(models.folder)
    for index, settings in enumerate(options):
        output = tmp_path / f"local-{index}.mp4"
        generate(video, output, models=local, **settings)  # type: ignore[arg-type]
        expected = read_audio(output, 48_000, mono=False)
        assert np.array_equal(read_audio(tmp_path / f"ray-{index}.mp4", 48_000, mono=False), expected)


@pytest.mark.slow
def test_a_span_is_redone_in_the_replicas(
    models: ModelSource, served: ServedComposer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a redo that loads the models again in the worker, or whose music differs from that of one process."""
    video = make_constant(tmp_path / "clip.mp4", Fraction(10), 5.0)
    local = Composer.from_pretrained(models.folder)
    guided = local.with_config(local.config.changed(guidance=2.0))
    earlier = generate(video, tmp_path / "out.mp4", seed=3, models=guided).output
    regenerate(earlier, tmp_path / "local.wav", "2-3.5", prompt="fast techno", models=local)
    composer = served(models)
    monkeypatch.delattr(Composer, "from_pretrained")
    regenerate(earlier, tmp_path / "ray.wav", "2-3.5", prompt="fast techno", models=composer)
    sounds = [read_audio(tmp_path / f"{name}.wav", 48_000, mono=False) for name in ("local", "ray")]
    assert np.array_equal(*sounds)


@pytest.mark.slow
def test_replicas_listen_on_loopback_only(served: ServedComposer) -> None:
    """Catches a server of Ray that others in the network can reach."""
    processes = psutil.Process().children(recursive=True)
    replicas = [process for process in processes if "ServeReplica" in "".join(process.cmdline())]
    assert len(replicas) == 5
    found = [connection for process in processes for connection in process.net_connections("inet")]
    listening = {connection.laddr.ip for connection in found if connection.status == psutil.CONN_LISTEN}
    assert listening and all(is_loopback(address.removeprefix("::ffff:")) for address in listening)


@pytest.mark.slow
def test_a_call_survives_its_replica(models: ModelSource, served: ServedComposer, tmp_path: Path) -> None:
    """Catches a request that is lost with the replica that computed it."""
    import ray

    video = make_constant(tmp_path / "clip.mp4", Fraction(10), 20.0)
    composer, made = served(models), []
    thread = threading.Thread(target=lambda: made.append(generate(video, tmp_path / "a.mp4", models=composer, takes=4)))
    thread.start()
    time.sleep(1.0)
    replicas = [name for name in _actors() if name.startswith("SERVE_REPLICA::") and "semantic" in name]
    assert len(replicas) == 2
    for name in replicas:
        ray.kill(ray.get_actor(name, namespace="serve"))
    thread.join(120)
    assert made
    generate(video, tmp_path / "b.mp4", models=Composer.from_pretrained(models.folder), takes=4)
    assert np.array_equal(read_audio(tmp_path / "a.mp4", 16_000), read_audio(tmp_path / "b.mp4", 16_000))


@pytest.mark.slow
def test_a_job_is_stopped_while_a_replica_computes(models: ModelSource, served: ServedComposer, tmp_path: Path) -> None:
    """Catches a cancelled job that keeps its worker, and a replica that is lost by it."""
    video = make_constant(tmp_path / "clip.mp4", Fraction(10), 5.0)
    composer = served(models)

    def stop(stage: str, done: int, total: int | None) -> None:
        if "semantic tokens" in stage:
            raise JobCancelled

    with observed(stop), pytest.raises(JobCancelled):
        generate(video, tmp_path / "a.mp4", models=composer)
    assert not (tmp_path / "a.mp4").exists()
    assert generate(video, tmp_path / "a.mp4", models=composer).output.exists()


@pytest.mark.slow
def test_replicas_of_an_unknown_part_are_refused(models: ModelSource, served: ServedComposer) -> None:
    """Catches a mistyped name that is ignored."""
    from v2meow_pipeline.executors.ray.serving.deploy import deploy

    with pytest.raises(ConfigError, match="semantics"):
        deploy({"other": models}, {"semantics": 2})


def _actors() -> list[str]:
    import ray

    return [actor["name"] for actor in ray.util.list_named_actors(all_namespaces=True)]
