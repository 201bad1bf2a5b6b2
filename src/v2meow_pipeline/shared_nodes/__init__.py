"""Nodes that several pipelines share: they collect the inputs of other nodes."""
