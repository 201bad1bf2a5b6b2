"""Metric functions with their conventions, units and controls: beats, tempo, synchrony, FAD, genre and others."""
