"""Ablations: what each part of the model is worth, a training a row (paper, Tables 1, 2, 4 and Figure 3)."""
