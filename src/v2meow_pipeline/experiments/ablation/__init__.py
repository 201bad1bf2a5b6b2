"""Ablation study: trains and compares model variants, one per table row (paper, Tables 1, 2, 4 and Figure 3)."""
