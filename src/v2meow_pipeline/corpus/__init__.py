"""Corpus: sources of videos, ingestion, manifest, shards, features and tokens."""
