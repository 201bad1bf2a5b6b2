"""MuLan (Huang et al. 2022), a joint embedding of music and text, trained on the corpus' audio and captions."""
