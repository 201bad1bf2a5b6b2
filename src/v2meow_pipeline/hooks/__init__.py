"""Kedro hooks, one module per hook class."""
