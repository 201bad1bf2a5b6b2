"""Listening study: pairwise comparison of systems by raters in a browser, and its analysis."""
