"""Semantic and acoustic tokenizers, codecs and vocoder."""
