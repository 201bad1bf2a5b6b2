"""How each network of ours is trained on the corpus: one recipe a network, by the name of its checkpoint."""
