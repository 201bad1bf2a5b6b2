"""Probing, timestamp-accurate decoding, encoding and muxing of local video and audio files."""
