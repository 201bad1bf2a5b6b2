"""MLflow integration: experiment tracking and model registry."""
