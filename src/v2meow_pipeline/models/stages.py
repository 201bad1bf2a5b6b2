"""The three stages as data: which streams go in and which come out (paper, section "Stages")."""

from dataclasses import dataclass
from typing import Literal

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError

TokenStream = Literal["semantic", "coarse", "fine"]
Pattern = Literal["flatten", "delay", "parallel"]

MUSIC_TEXT = "music_text"
MUSIC_TEXT_WIDTH = 128


@dataclass(frozen=True)
class StageSpec:
    """One stage.

    Attributes:
        name: what its checkpoint, parameters and curves are called.
        visual: whether it sees the visual features (which ones is a parameter).
        music_text: whether it sees the music-text embedding.
        tokens_in: token streams of earlier stages that it sees.
        output: the token stream that it predicts.
        pattern: the order of its tokens in the embedded default; the paper's is "flatten" throughout.
        crop_s: duration of its training examples, seconds; generation works in blocks of this length.
        temperature: of its sampling (paper, section "Stages").
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
    """The stages, once it is certain that each finds its token inputs among the outputs before it.

    Args:
        *specs: stages in the order in which they run.

    Returns:
        The same stages.

    Raises:
        ConfigError: when a stage's input is made by no stage before it, or a stage does not see the one before it.
    """
    for index, spec in enumerate(specs):
        made = {earlier.output for earlier in specs[:index]}
        missing = set(spec.tokens_in) - made
        if missing or (index and specs[index - 1].output not in spec.tokens_in):
            raise ConfigError(
                f"Stage {spec.name!r} reads {list(spec.tokens_in)}, the stages before it make {sorted(made)}.",
                "Let one stage's output be the next one's input.",
            )
    return specs


STAGES = chain(
    StageSpec(
        name="semantic",
        visual=True,
        music_text=True,
        tokens_in=(),
        output="semantic",
        pattern="flatten",
        crop_s=10.0,
        temperature=1.0,
    ),
    StageSpec(
        name="coarse",
        visual=True,
        music_text=False,
        tokens_in=("semantic",),
        output="coarse",
        pattern="delay",
        crop_s=10.0,
        temperature=0.95,
    ),
    StageSpec(
        name="fine",
        visual=False,
        music_text=False,
        tokens_in=("coarse",),
        output="fine",
        pattern="delay",
        crop_s=3.0,
        temperature=0.4,
    ),
)

STAGE_NAMES = tuple(spec.name for spec in STAGES)


def stage(name: str) -> StageSpec:
    """The stage called `name`.

    Args:
        name: "semantic", "coarse" or "fine".

    Returns:
        Its row of `STAGES`.

    Raises:
        ConfigError: when there is none.
    """
    for spec in STAGES:
        if spec.name == name:
            return spec
    raise ConfigError(f"There is no stage {name!r}.", f"Choose one of {', '.join(STAGE_NAMES)}.")


def token_levels(stream: TokenStream, clock: Clock) -> int:
    """Levels of a token stream: 1, coarse or fine codebooks."""
    return {"semantic": 1, "coarse": clock.coarse_levels, "fine": clock.fine_levels}[stream]


def token_vocab(stream: TokenStream, clock: Clock) -> int:
    """Values that a token of the stream can take."""
    return clock.semantic_vocab if stream == "semantic" else clock.acoustic_vocab


def token_hz(stream: TokenStream, clock: Clock) -> int:
    """Frames of a token stream a second."""
    return clock.semantic_hz if stream == "semantic" else clock.acoustic_hz


def token_frames(stream: TokenStream, clock: Clock, duration_s: float) -> int:
    """Frames of a token stream in `duration_s` seconds, to the nearest."""
    return clock.semantic_frames(duration_s) if stream == "semantic" else clock.acoustic_frames(duration_s)
