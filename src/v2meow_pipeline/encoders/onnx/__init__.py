"""ONNX networks: inference sessions, and user-provided audio embeddings as judges."""
