"""Weighed matching: which source records are one person, learned without labels and explained field by field."""

from rundblick.customers.matching.engine import NONE, Constraints, Edge, Engine, Resolution, resolve, train
from rundblick.customers.matching.model import Model

__all__ = ["NONE", "Constraints", "Edge", "Engine", "Model", "Resolution", "resolve", "train"]
