"""The models on a Triton Inference Server."""
