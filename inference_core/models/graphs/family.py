"""What a graph writer is: a function that turns the files of a model into its graph."""

from collections.abc import Callable, Mapping

from inference_core.models.graphs.graph import Graph

Files = Mapping[str, bytes]
"""The verified files of a model, by role."""

Writer = Callable[[Graph, Files], None]
"""Writes the nodes of one network into a graph whose inputs and outputs are declared."""
