"""Frozen and trained encoders: image and motion features, event curves, music-text embeddings."""
