"""Runtimes for the models, behind one protocol."""
