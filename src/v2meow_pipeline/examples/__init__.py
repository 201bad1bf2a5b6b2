"""Training examples: batches as functions of seed and step, and the recipes of networks that train on them."""
