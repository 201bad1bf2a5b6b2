"""The language models: one Transformer, three stages as data, token orders as data, and decoding."""
