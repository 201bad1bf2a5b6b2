"""A learned codec on log-mel frames: residual vector quantization of a small convolutional encoder's output."""
