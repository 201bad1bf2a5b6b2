"""Search for better parameters of a stage (Optuna): one study a stage, each trial a training by the same `fit`."""
