"""ViT-VQGAN image tokenizer, the paper's discrete visual feature.

Yu et al. 2022, "Vector-quantized image modeling with improved VQGAN".
"""
