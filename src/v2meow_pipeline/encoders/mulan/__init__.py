"""MuLan of our own (Huang et al. 2022): two Transformers, trained together from the corpus' sounds and captions."""
