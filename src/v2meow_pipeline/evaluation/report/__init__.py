"""Evaluation report: an HTML page with tables, figures and players, and Markdown tables for a paper."""
