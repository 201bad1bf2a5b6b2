"""Diagnosis of trained models: how much quality each part of the chain from video to audio loses."""
