"""The model repository of a Triton Inference Server, generated from the registry."""

from inference_core.models.repository.targets import TARGETS, Target
from inference_core.models.repository.write import default_repository, picture_models, write_repository

__all__ = ["TARGETS", "Target", "default_repository", "picture_models", "write_repository"]
