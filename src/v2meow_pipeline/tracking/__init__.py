"""MLflow: runs, what they keep, and the registry of models."""
