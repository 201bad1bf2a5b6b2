"""Sampling configuration of a composer."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from v2meow_pipeline.composer.guard import GuardConfig
from v2meow_pipeline.config import Config
from v2meow_pipeline.models.decoding import ROWS
from v2meow_pipeline.models.matrix_kernels import ProductPrecision
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stages import PATHS, StageSpec, stage
from v2meow_pipeline.tokenizers.registry import Decoder


class ComposerConfig(Config):
    """Sampling of all stages, decoder, and windows of long videos.

    Attributes:
        sampling: sampling by stage name; a missing stage takes the paper's temperature (1.0 / 0.95 / 0.4).
        dynamics: how far loudness follows the energy of the event curve, from 0 (not at all) to 1 (silence where the
            picture stands still; encoders/event_curves.py); used by models that are conditioned on event curves.
        overlap: share of a window that the next one continues, for videos longer than a clip.
        path: the stages from video to codes, a key of `stages.PATHS`: the paper's three, the paper's with the coarse
            stage that sees no video, this without a fine stage, or visual features straight to coarse tokens.
        predict_music_text: whether to predict the music-text embedding from the video if there is no prompt
            (encoders/music_text_predictor.py; not in the paper).
        audio_prompts: whether the music continues excerpts of training music, which are not heard, selected by the
            music-text embedding of the prompt or of the video (audio_prompts.py; not in the paper).
        audio_prompt_choices: number of the most similar excerpts of which the seed draws one.
        decoder: decoder from the codec's log-mel frames to sound: "griffin_lim", or the trained "vocoder".
        guard: limits for silence and loops.
        takes: number of pieces to generate for a video; the one with the most beats on cuts and movement and the least
            silence is kept (composer/takes.py). Without video, one piece is generated.
        rows: maximum number of clips decoded together; it bounds the memory, and does not change tokens.
    """

    sampling: dict[str, SamplingConfig] = Field(default_factory=dict)
    dynamics: float = Field(default=1.0, ge=0, le=1)
    overlap: float = Field(default=0.5, ge=0, le=0.9)
    path: Literal["paper", "audio_only_coarse", "without_fine", "direct"] = "paper"
    predict_music_text: bool = Field(default=False, exclude_if=lambda on: not on)
    audio_prompts: bool = Field(default=False, exclude_if=lambda on: not on)
    audio_prompt_choices: int = Field(default=4, ge=1, exclude_if=lambda count: count == 4)
    decoder: Decoder = "griffin_lim"
    guard: GuardConfig = Field(default_factory=GuardConfig)
    takes: int = Field(default=1, ge=1, exclude_if=lambda takes: takes == 1)
    rows: int = Field(default=ROWS, ge=1)

    @property
    def parts(self) -> tuple[str, str, bool, bool]:
        """Settings that select what is loaded (`Bundle.load`): configurations with equal ones can share the models."""
        return self.path, self.decoder, self.predict_music_text, self.audio_prompts

    def of(self, name: str) -> SamplingConfig:
        """Sampling configuration of the stage `name`."""
        return self.sampling.get(name) or SamplingConfig(temperature=stage(name).temperature)

    def changed(
        self,
        decoder: str | None = None,
        guard: bool | None = None,
        guidance: float | None = None,
        precision: ProductPrecision | None = None,
    ) -> "ComposerConfig":
        """Copy with some values replaced; None keeps a value.

        Args:
            decoder: name of the decoder.
            guard: whether windows that are silent or stuck in a loop are sampled again.
            guidance: scale of classifier-free guidance, see `guided`.
            precision: precision of the matrix products of all stages, see `SamplingConfig`.

        Returns:
            The configuration.

        Raises:
            ConfigError: for an unknown decoder.
        """
        values = self.model_dump()
        if decoder is not None:
            values["decoder"] = decoder
        if guard is not None:
            values["guard"]["enabled"] = guard
        changed = ComposerConfig.parse(values)
        if precision is not None:
            changed = changed._in_stages(PATHS[changed.path], precision=precision)
        return changed if guidance is None else changed.guided(guidance)

    def guided(self, guidance: float) -> "ComposerConfig":
        """Copy with this scale of classifier-free guidance in the stages that are conditioned on video or prompt."""
        return self._in_stages([spec for spec in PATHS[self.path] if spec.visual or spec.music_text], guidance=guidance)

    def _in_stages(self, specs: Iterable[StageSpec], **values: object) -> "ComposerConfig":
        """Copy with other values in the sampling configuration of some stages."""
        changed = {spec.name: self.of(spec.name).model_copy(update=values) for spec in specs}
        return self.model_copy(update={"sampling": {**self.sampling, **changed}})
