"""Hyperparameter tuning of stages with Optuna: one study per stage, one training per trial."""
