"""What a run says of settings that it does not read, and of its steps."""

import logging
from pathlib import Path

import pytest
from kedro.pipeline import node, pipeline

from v2meow_pipeline.hooks.progress import ProgressHooks
from v2meow_pipeline.hooks.run import tell_of_local


@pytest.mark.parametrize(("env", "told"), [("test", True), ("paper", True), ("local", False), (None, False)])
def test_settings_that_a_run_does_not_read_are_named(
    env: str | None, told: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Kedro reads conf/local in no other environment: own videos set there were ignored without a word."""
    (tmp_path / "local").mkdir()
    (tmp_path / "local/credentials.txt").touch()
    tell_of_local(tmp_path / "local", env)
    assert not caplog.records, "nothing is set there yet"
    (tmp_path / "local/parameters.yml").touch()
    tell_of_local(tmp_path / "local", env)
    assert ("parameters.yml" in caplog.text and "conf/local" in caplog.text) == told


def test_steps_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a log that does not say how far a run is, and a second run in one process that counts on."""
    steps = pipeline([node(len, "a", "b", name="first"), node(abs, "b", "c", name="second")])
    hooks = ProgressHooks()
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            hooks.before_pipeline_run(steps)
            for step in steps.nodes:
                hooks.before_node_run(step)
                hooks.after_node_run(step)
            hooks.after_pipeline_run()
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("Step ")]
    assert told == ["Step 1 of 2: first", "Step 2 of 2: second"] * 2
