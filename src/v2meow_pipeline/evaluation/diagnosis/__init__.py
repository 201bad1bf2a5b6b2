"""Diagnosis of trained models: which part of the chain from video to sound loses how much."""
