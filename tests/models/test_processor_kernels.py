"""Tokens are the same bits whatever instructions the processor has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

# Instructions in the notation of PyTorch, with the one of oneDNN.
KERNELS = {"default": "SSE41", "avx2": "AVX2"}
DECODE = """
import sys
import torch
sys.path[:0] = [{root!r}]
torch.set_num_threads(1)
from tests.support.model_makers import conditions_of, tiny_model
from v2meow_pipeline.models.decoding import decode
assert torch.backends.cpu.get_cpu_capability() == {kernels!r}
model, seeds = tiny_model("coarse"), [3, 4, 5, 6, 7]
conditions = conditions_of(model, 5, 40)
together = decode(model, conditions, seeds, 40)
for rows in ([2], [4, 0], [0, 1, 2, 3]):
    picked = {{name: values[rows] for name, values in conditions.items()}}
    assert torch.equal(decode(model, picked, [seeds[row] for row in rows], 40), together[rows]), rows
"""


@pytest.mark.parametrize("kernels", KERNELS)
def test_neighbours_change_no_token_with_other_kernels(kernels: str) -> None:
    """Catches music that depends on the batch on processors with other instructions than this one."""
    if kernels == "avx2" and not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        pytest.skip("the processor has no AVX2")
    code = DECODE.format(root=str(Path(__file__).parents[2]), kernels=kernels.upper())
    chosen = {"ATEN_CPU_CAPABILITY": kernels, "ONEDNN_MAX_CPU_ISA": KERNELS[kernels]}
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **chosen}, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
