"""VGGish, the network of most published Frechet audio distances, with weights that a person provides."""
