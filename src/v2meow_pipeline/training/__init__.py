"""Training of the stages: examples by step, a Lightning module, and `fit`."""
