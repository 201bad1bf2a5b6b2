"""From parameters and datasets to a training or an evaluation that an executor can run."""
