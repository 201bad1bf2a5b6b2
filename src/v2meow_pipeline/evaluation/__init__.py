"""Evaluation of generated music: systems, controls, judges and reports of the evaluate pipeline."""
