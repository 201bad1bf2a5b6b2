"""mel_rvq, a learned codec on log-mel frames: convolutional encoder, residual vector quantizer and decoder."""
