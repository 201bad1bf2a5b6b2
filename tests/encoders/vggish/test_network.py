"""VGGish's network against the published layers, put together by hand."""

import torch
from tests.support.vggish_weights import vggish_state
from torch import Tensor, nn

from v2meow_pipeline.encoders.vggish.network import VggishNetwork


def published() -> tuple[nn.Sequential, nn.Sequential]:
    """What torchvggish builds: the convolutions, and the linear layers with a last ReLU."""
    features = nn.Sequential(
        nn.Conv2d(1, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(128, 256, 3, padding=1), nn.ReLU(), nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(256, 512, 3, padding=1), nn.ReLU(), nn.Conv2d(512, 512, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    )  # fmt: skip
    embeddings = nn.Sequential(
        nn.Linear(12_288, 4_096), nn.ReLU(), nn.Linear(4_096, 4_096), nn.ReLU(), nn.Linear(4_096, 128), nn.ReLU()
    )
    return features, embeddings


def flat(maps: Tensor) -> Tensor:
    """As TensorFlow flattens [batch, 6, 4, 512]: channels vary fastest."""
    out = torch.empty(len(maps), 12_288)
    for frame in range(6):
        for band in range(4):
            start = (4 * frame + band) * 512
            out[:, start : start + 512] = maps[:, :, frame, band]
    return out


def test_it_is_the_published_network() -> None:
    """Catches another order of the last map, which no shape tells, a missing layer, and a ReLU at the end."""
    state = vggish_state(light=False)
    with torch.device("meta"):
        ours, (features, embeddings) = VggishNetwork(), published()
    ours.load_state_dict(state, assign=True)
    theirs = nn.ModuleDict({"features": features, "embeddings": embeddings})
    theirs.load_state_dict(state, assign=True)
    assert sum(value.numel() for value in ours.parameters()) == 72_141_184
    examples = torch.randn(2, 96, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found, expected = ours(examples), embeddings(flat(features(examples[:, None])))
    assert (found < 0).any()
    torch.testing.assert_close(found.relu(), expected, rtol=1e-4, atol=1e-5)
