"""I3D on optical flow, the paper's motion encoder, with published weights or self-supervised training."""
