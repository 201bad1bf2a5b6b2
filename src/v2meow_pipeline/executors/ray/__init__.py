"""Execution on Ray: one session per run, training in Ray Train workers, maps in Ray Data actors."""
