"""A Triton Inference Server of our own: installed from a wheel, started, watched and stopped."""
