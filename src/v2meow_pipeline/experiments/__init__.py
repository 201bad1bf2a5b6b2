"""Many trainings with one question: tuning, ablation, retraining."""
