"""Raw model outputs in, faces, objects, labels and measures out."""
