"""What runs are called."""

from v2meow_pipeline.tracking.naming import LONGEST_NAME, describe_run


def test_runs_that_differ_are_called_differently() -> None:
    """Catches five variants under one name, and a changed parameter that only a list of hundreds shows."""
    name, tags = describe_run("train", "base", "clip+i3d", {"semantic": {"train": {"lr": 0.002}}})
    assert name == "train clip+i3d semantic.train.lr=0.002"
    assert tags == {
        "pipeline": "train",
        "env": "base",
        "variant": "clip+i3d",
        "changed": "semantic.train.lr=0.002",
    }
    assert describe_run("stages", "test", "vit", {"visual": {"variant": "vit"}})[0] == "stages vit (test)"
    assert describe_run("ingest", "local", None, {}) == (
        "ingest",
        {"pipeline": "ingest", "env": "local", "changed": "nothing"},
    )


def test_a_name_stays_readable() -> None:
    """Catches a name that pushes everything else off the page."""
    assert len(describe_run("train", "base", "vit", {f"p{index}": index for index in range(100)})[0]) == LONGEST_NAME
