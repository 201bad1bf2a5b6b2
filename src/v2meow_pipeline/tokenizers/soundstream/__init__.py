"""SoundStream, the paper's acoustic tokenizer (Zeghidour et al. 2021): the codec, and how it is trained."""
