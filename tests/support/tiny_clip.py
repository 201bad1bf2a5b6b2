"""A tiny CLIP with random weights, in the layout of the published one."""

from pathlib import Path

from v2meow_pipeline.app.rehearsal.random_weights import write_clip

TOWER = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


def write_tiny_clip(models: Path, width: int = 768) -> Path:
    """Writes its folder into a folder of models; `width` is that of its features."""
    text = {**TOWER, "vocab_size": 50, "max_position_embeddings": 8}
    vision = {**TOWER, "image_size": 32, "patch_size": 8}
    write_clip(models, {"text_config": text, "vision_config": vision, "projection_dim": width})
    return models / "clip-vit-large-patch14"
