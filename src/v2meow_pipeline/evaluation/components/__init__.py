"""Evaluation of single trained components on held-out clips."""
