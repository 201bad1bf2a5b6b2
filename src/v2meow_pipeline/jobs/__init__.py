"""Builds training and evaluation jobs from parameters and datasets, for an executor to run."""
