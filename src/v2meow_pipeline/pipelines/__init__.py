"""Kedro pipelines: node lists and their nodes."""
