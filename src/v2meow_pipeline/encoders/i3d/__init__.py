"""I3D on optical flow: the paper's encoder of movement, with published weights or trained here without labels."""
