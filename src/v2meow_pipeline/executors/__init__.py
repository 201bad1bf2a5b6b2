"""Execution backends: this process, local worker processes, or Ray."""
