"""What is kept, sealed under the keys of consent: catalog, vault, keys."""
