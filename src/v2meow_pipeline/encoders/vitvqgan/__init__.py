"""ViT-VQGAN: pictures as tokens of a learned vocabulary (Yu et al. 2022, "Vector-quantized image modeling with
improved VQGAN"), the paper's discrete visual feature."""
