"""Networks as ONNX files: opened for one thread, and any embedding of sound as a judge."""
