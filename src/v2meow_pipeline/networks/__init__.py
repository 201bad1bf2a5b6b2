"""Shared parts of the trainable networks: objectives, quantizers, losses, discriminators and checkpoints."""
