"""Interfaces of the nodes that evaluate."""

import pytest

from v2meow_pipeline.pipelines import components, diagnose, evaluate

MOST_INPUTS = 6


@pytest.mark.parametrize("package", [evaluate, diagnose, components])
def test_nodes_have_few_inputs(package: object) -> None:
    """Catches a node that does several steps at once: its inputs no longer show what each step depends on."""
    wide = {node.name: len(node.inputs) for node in package.create_pipeline().nodes if len(node.inputs) > MOST_INPUTS}
    assert wide == {}
