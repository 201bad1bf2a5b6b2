"""Token language models: the Transformer, stage definitions, codebook patterns (token orders) and decoding."""
