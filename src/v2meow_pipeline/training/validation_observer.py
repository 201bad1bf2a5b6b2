"""Validation losses as they come, told to somebody who may end the training."""

from collections.abc import Callable

from lightning.pytorch import Callback, LightningModule, Trainer

from v2meow_pipeline.training.callbacks import TrainingHistory


class ValidationObserver(Callback):
    """Lightning callback that reports each validation loss to an observer, which may raise to stop the training.

    Losses come once each, in order; a resumed run reports those from before the kill again. A training that the
    observer stops writes no checkpoint, so it is never mistaken for a finished one.
    """

    def __init__(self, on_loss: Callable[[int, float], None]) -> None:
        self.on_loss = on_loss
        self._told = -1

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells what is new."""
        (history,) = [callback for callback in trainer.callbacks if isinstance(callback, TrainingHistory)]  # type: ignore[attr-defined]
        for step, loss in history.curves.get("val/loss", []):
            if step > self._told:
                self._told = step
                self.on_loss(step, loss)
