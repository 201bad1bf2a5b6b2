"""How music is sampled: the choices that are not in the models."""

from typing import Literal

from pydantic import Field

from v2meow_pipeline.composer.guard import GuardConfig
from v2meow_pipeline.config import Config
from v2meow_pipeline.models.decoding import ROWS
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stages import PATHS, stage
from v2meow_pipeline.tokenizers.registry import Decoder


class ComposerConfig(Config):
    """Sampling of all stages, and how long videos are covered.

    Attributes:
        sampling: of each stage by name; one that is not named takes the paper's temperature (1.0 / 0.95 / 0.4).
        dynamics: how far loudness follows the event curve's energy, from 0, not at all, to 1, down to silence where the
            picture stands still (encoders/event_curves.py); only of models that follow event curves.
        overlap: share of a window that the next one takes over as its beginning, for videos longer than a clip.
        path: the stages from video to codes, a key of `stages.PATHS`: the paper's three, the paper's with the coarse
            stage that sees no video, this without a fine stage, or visual features straight to coarse tokens.
        predict_music_text: whether, without a prompt, the music-text embedding is predicted from the video
            (encoders/music_text_predictor.py; not in the paper).
        decoder: what makes sound of the embedded codec's frames: "griffin_lim", or the "vocoder" once it is trained.
        guard: against silence and loops.
        rows: clips decoded together (models/decoding.py: a clip's tokens depend on it, but not on its neighbours).
    """

    sampling: dict[str, SamplingConfig] = Field(default_factory=dict)
    dynamics: float = Field(default=1.0, ge=0, le=1)
    overlap: float = Field(default=0.5, ge=0, le=0.9)
    path: Literal["paper", "audio_only_coarse", "without_fine", "direct"] = "paper"
    predict_music_text: bool = Field(default=False, exclude_if=lambda on: not on)
    decoder: Decoder = "griffin_lim"
    guard: GuardConfig = Field(default_factory=GuardConfig)
    rows: int = Field(default=ROWS, ge=1)

    def of(self, name: str) -> SamplingConfig:
        """The sampling of the stage called `name`."""
        return self.sampling.get(name) or SamplingConfig(temperature=stage(name).temperature)

    def changed(
        self, decoder: str | None = None, guard: bool | None = None, guidance: float | None = None
    ) -> "ComposerConfig":
        """The same with what a person asked for; None leaves a value as it is.

        Args:
            decoder: another decoder.
            guard: whether silence and loops are drawn again.
            guidance: see `guided`.

        Returns:
            The configuration.

        Raises:
            ConfigError: for a decoder that there is not.
        """
        values = self.model_dump()
        if decoder is not None:
            values["decoder"] = decoder
        if guard is not None:
            values["guard"]["enabled"] = guard
        changed = ComposerConfig.parse(values)
        return changed if guidance is None else changed.guided(guidance)

    def guided(self, guidance: float) -> "ComposerConfig":
        """The same with classifier-free guidance in the stages that see the video or the prompt."""
        conditioned = [spec.name for spec in PATHS[self.path] if spec.visual or spec.music_text]
        changed = {name: self.of(name).model_copy(update={"guidance": guidance}) for name in conditioned}
        return self.model_copy(update={"sampling": {**self.sampling, **changed}})
