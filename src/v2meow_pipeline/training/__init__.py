"""Training of stages and networks with PyTorch Lightning."""
