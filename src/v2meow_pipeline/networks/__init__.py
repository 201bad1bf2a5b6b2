"""What the trainable networks of several rooms share: what it means to train one, quantizers, losses, checkpoints."""
