"""Rehearsal of an environment at its full sizes: random weights, a few clips, one optimiser step per part."""
