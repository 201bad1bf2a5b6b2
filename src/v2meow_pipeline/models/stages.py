"""Definitions of the stages: their input and output streams (paper, section "Stages")."""

from dataclasses import dataclass, replace
from typing import Literal

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError

TokenStream = Literal["semantic", "coarse", "fine"]
Pattern = Literal["flatten", "delay", "parallel", "masked"]

MUSIC_TEXT = "music_text"
EVENTS = "events"
EVENT_CHANNELS = 2


@dataclass(frozen=True)
class StageSpec:
    """Definition of one stage.

    Attributes:
        name: name used for its checkpoint, parameters and curves.
        visual: whether it is conditioned on visual features (a parameter selects which).
        music_text: whether it is conditioned on the music-text embedding.
        tokens_in: token streams of earlier stages that it reads.
        output: token stream that it predicts.
        pattern: default token order; the paper uses "flatten" for all stages.
        crop_s: duration of its training examples in seconds, and of the blocks in which the fine stage is decoded.
        temperature: default sampling temperature (paper, section "Stages").
    """

    name: str
    visual: bool
    music_text: bool
    tokens_in: tuple[TokenStream, ...]
    output: TokenStream
    pattern: Pattern
    crop_s: float
    temperature: float


def chain(*specs: StageSpec) -> tuple[StageSpec, ...]:
    """Checks that each stage reads only token streams of earlier stages, among them the previous stage's output.

    Args:
        *specs: stages in execution order.

    Returns:
        The same stages.

    Raises:
        ConfigError: if no earlier stage predicts an input, or a stage does not read the previous stage's output.
    """
    for index, spec in enumerate(specs):
        made = {earlier.output for earlier in specs[:index]}
        missing = set(spec.tokens_in) - made
        if missing or (index and specs[index - 1].output not in spec.tokens_in):
            raise ConfigError(
                f"Stage {spec.name!r} reads {list(spec.tokens_in)}, but the earlier stages predict {sorted(made)}.",
                "Each stage must read the previous stage's output, and only outputs of earlier stages.",
            )
    return specs


SEMANTIC = StageSpec(
    name="semantic",
    visual=True,
    music_text=True,
    tokens_in=(),
    output="semantic",
    pattern="flatten",
    crop_s=10.0,
    temperature=1.0,
)
# Strategy (b) of the paper's second stage: conditioned on the video.
COARSE = StageSpec(
    name="coarse",
    visual=True,
    music_text=False,
    tokens_in=("semantic",),
    output="coarse",
    pattern="delay",
    crop_s=10.0,
    temperature=0.95,
)
# Strategy (a): needs no video, so it can be trained on any music; decoder-only, and (b) can be initialised from it.
COARSE_AUDIO = replace(COARSE, name="coarse_audio", visual=False)
# The ablation of the paper's Figure 3: coarse tokens predicted directly from visual features.
COARSE_DIRECT = replace(COARSE, name="coarse_direct", music_text=True, tokens_in=())
FINE = StageSpec(
    name="fine",
    visual=False,
    music_text=False,
    tokens_in=("coarse",),
    output="fine",
    pattern="delay",
    crop_s=3.0,
    temperature=0.4,
)

# Stage sequences from video to codec codes. Without a fine stage, the codec decodes the coarse levels only.
PATHS: dict[str, tuple[StageSpec, ...]] = {
    "paper": chain(SEMANTIC, COARSE, FINE),
    "audio_only_coarse": chain(SEMANTIC, COARSE_AUDIO, FINE),
    "direct": chain(COARSE_DIRECT, FINE),
    "without_fine": chain(SEMANTIC, COARSE_AUDIO),
}
STAGES = PATHS["paper"]
STAGE_NAMES = tuple(spec.name for spec in STAGES)
ALTERNATIVE_STAGES = (COARSE_AUDIO.name, COARSE_DIRECT.name)


def stage(name: str) -> StageSpec:
    """Looks up a stage by name.

    Args:
        name: name of a stage in one of `PATHS`.

    Returns:
        Definition of the stage.

    Raises:
        ConfigError: if there is no such stage.
    """
    for path in PATHS.values():
        for spec in path:
            if spec.name == name:
                return spec
    raise ConfigError(
        f"There is no stage {name!r}.", f"Choose one of {', '.join((*STAGE_NAMES, *ALTERNATIVE_STAGES))}."
    )


def token_levels(stream: TokenStream, clock: Clock) -> int:
    """Number of codebook levels of a token stream; 1 for semantic tokens."""
    return {"semantic": 1, "coarse": clock.coarse_levels, "fine": clock.fine_levels}[stream]


def levels_in_codes(stream: str, coarse_levels: int) -> slice:
    """Slice of the codec levels [level, t] that the coarse or fine stream contains."""
    return slice(0, coarse_levels) if stream == "coarse" else slice(coarse_levels, None)


def token_vocab(stream: TokenStream, clock: Clock) -> int:
    """Vocabulary size of a token stream."""
    return clock.semantic_vocab if stream == "semantic" else clock.acoustic_vocab


def token_hz(stream: TokenStream, clock: Clock) -> int:
    """Frame rate of a token stream, in Hz."""
    return clock.semantic_hz if stream == "semantic" else clock.acoustic_hz


def token_frames(stream: TokenStream, clock: Clock, duration_s: float) -> int:
    """Number of frames of a token stream in `duration_s` seconds, rounded."""
    return clock.semantic_frames(duration_s) if stream == "semantic" else clock.acoustic_frames(duration_s)
