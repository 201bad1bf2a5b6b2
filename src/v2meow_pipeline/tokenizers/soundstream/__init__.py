"""SoundStream (Zeghidour et al. 2021), the paper's acoustic tokenizer: codec, network and training objective."""
