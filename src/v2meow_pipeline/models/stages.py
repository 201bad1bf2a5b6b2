"""The stages as data: which streams go in and which come out (paper, section "Stages")."""

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
# Strategy (b) of the paper's second stage: it sees the video.
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
# Strategy (a): it needs no video, so any music trains it; decoder-only, and (b) can start from its weights.
COARSE_AUDIO = replace(COARSE, name="coarse_audio", visual=False)
# The ablation of the paper's Figure 3: visual features straight to coarse tokens.
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

# The ways from video to codes, each a chain of stages. A codec decodes its first levels where there is no fine stage.
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
    """The stage called `name`.

    Args:
        name: of a stage in one of `PATHS`.

    Returns:
        Its row.

    Raises:
        ConfigError: when there is none.
    """
    for path in PATHS.values():
        for spec in path:
            if spec.name == name:
                return spec
    raise ConfigError(
        f"There is no stage {name!r}.", f"Choose one of {', '.join((*STAGE_NAMES, *ALTERNATIVE_STAGES))}."
    )


def token_levels(stream: TokenStream, clock: Clock) -> int:
    """Levels of a token stream: 1, coarse or fine codebooks."""
    return {"semantic": 1, "coarse": clock.coarse_levels, "fine": clock.fine_levels}[stream]


def levels_in_codes(stream: str, coarse_levels: int) -> slice:
    """The levels of a codec's codes [level, t] that a stream of acoustic tokens holds."""
    return slice(0, coarse_levels) if stream == "coarse" else slice(coarse_levels, None)


def token_vocab(stream: TokenStream, clock: Clock) -> int:
    """Values that a token of the stream can take."""
    return clock.semantic_vocab if stream == "semantic" else clock.acoustic_vocab


def token_hz(stream: TokenStream, clock: Clock) -> int:
    """Frames of a token stream a second."""
    return clock.semantic_hz if stream == "semantic" else clock.acoustic_hz


def token_frames(stream: TokenStream, clock: Clock, duration_s: float) -> int:
    """Frames of a token stream in `duration_s` seconds, to the nearest."""
    return clock.semantic_frames(duration_s) if stream == "semantic" else clock.acoustic_frames(duration_s)
