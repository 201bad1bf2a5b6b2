"""Validation losses as they come, told to somebody who may end the training."""

from collections.abc import Callable

from lightning.pytorch import Callback, LightningModule, Trainer

from v2meow_pipeline.training.callbacks import Record


class ValidationObserver(Callback):
    """Tells each validation loss once, in order; those from before a kill are told again when the run is resumed.

    `tell(step, loss)` ends the training by raising: nothing is finished then, so an abandoned training is never taken
    for a whole one.
    """

    def __init__(self, tell: Callable[[int, float], None]) -> None:
        self.tell = tell
        self._told = -1

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells what is new."""
        (record,) = [callback for callback in trainer.callbacks if isinstance(callback, Record)]  # type: ignore[attr-defined]
        for step, loss in record.curves.get("val/loss", []):
            if step > self._told:
                self._told = step
                self.tell(step, loss)
