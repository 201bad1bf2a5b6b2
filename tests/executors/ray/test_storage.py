"""Where trainings keep what they resume from: paths and object stores."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.storage import remove, storage_of


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URL of a bucket of an S3-compatible server on this machine: one for all tests, since s3fs remembers it."""
    server_of = pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    import s3fs

    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    name = f"v2meow-{uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
        yield f"s3://{name}/trainings"
    server.stop()


def test_a_path_is_made_absolute_and_nothing_else_is_removed(tmp_path: Path) -> None:
    """Catches a relative root, which means another folder in every process, and a removal of others' trainings."""
    storage = storage_of(str(tmp_path / "root"), tmp_path / "semantic")
    for name in ("semantic-1", "coarse-2"):
        (tmp_path / "root" / name).mkdir(parents=True)
    remove(storage, "semantic-1")
    remove(storage, "never-was")
    assert Path(storage.root).is_absolute()
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["coarse-2"]


def test_by_default_it_lies_in_the_workspace_and_vanishes_from_there(tmp_path: Path) -> None:
    """Catches copies of weights that a finished training leaves behind."""
    storage = storage_of(None, tmp_path)
    (Path(storage.root) / "semantic-1").mkdir(parents=True)
    remove(storage, "semantic-1")
    assert not list(tmp_path.iterdir())


def test_an_unknown_kind_of_url_says_so(tmp_path: Path) -> None:
    """Catches a folder called "nowhere:" on the machine of each worker."""
    with pytest.raises(ConfigError, match="nowhere"):
        storage_of("nowhere://bucket", tmp_path)


def test_an_object_store_is_a_storage(bucket: str, tmp_path: Path) -> None:
    """Catches a filesystem that cannot be sent to workers, or a training that is not removed from it."""
    import pickle

    storage = pickle.loads(pickle.dumps(storage_of(bucket, tmp_path)))
    file = f"{storage.root}/semantic-1/last.ckpt"
    storage.filesystem.create_dir(f"{storage.root}/semantic-1")
    with storage.filesystem.open_output_stream(file) as stream:
        stream.write(b"state")
    assert storage.filesystem.get_file_info(file).size == 5
    remove(storage, "semantic-1")
    assert storage.filesystem.get_file_info(file).size is None


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_training_resumes_from_an_object_store(bucket: str, tmp_path: Path) -> None:
    """Catches resume points that only this machine could read."""
    import threading

    from tests.support.ray_nodes import kill_trainers
    from tests.support.ray_training import on_ray
    from tests.support.stage_corpus import job, weights

    from v2meow_pipeline.executors.ray.session import close_session
    from v2meow_pipeline.training.trainer import fit

    close_session()  # one that began before the server has no way to it
    this = job(max_steps=400, checkpoint_every=20, val_every=50)
    here = fit(this, tmp_path / "here")
    storage, killed = storage_of(bucket, tmp_path), []

    def kept() -> bool:
        from pyarrow.fs import FileSelector

        chosen = FileSelector(storage.root, recursive=True, allow_not_found=True)
        return any(info.path.endswith("last.ckpt") for info in storage.filesystem.get_file_info(chosen))

    killer = threading.Thread(target=kill_trainers, args=(kept, killed))
    killer.start()
    there = on_ray(this, tmp_path / "there", storage=bucket)
    killer.join()
    close_session()
    assert killed
    assert weights(there.path) == weights(here.path) and there.curves == here.curves
    assert not kept()
