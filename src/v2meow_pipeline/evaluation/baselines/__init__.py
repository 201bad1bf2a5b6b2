"""Baselines for comparison: music by rules from the motion of the video, and MusicGen from captions."""
