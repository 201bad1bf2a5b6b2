"""VGGish, the network of most published Frechet audio distances, with user-provided weights."""
