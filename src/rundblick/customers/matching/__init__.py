"""Weighed matching: which source records are one person, learned without labels and explained field by field."""

from rundblick.customers.matching.engine import NONE, Constraints, Edge, Resolution, resolve, train
from rundblick.customers.matching.explaining import Explanation, Row, explain
from rundblick.customers.matching.model import BadModel, Model, from_json, to_json
from rundblick.customers.matching.streaming import Engine

__all__ = [
    "NONE",
    "BadModel",
    "Constraints",
    "Edge",
    "Engine",
    "Explanation",
    "Model",
    "Resolution",
    "Row",
    "explain",
    "from_json",
    "resolve",
    "to_json",
    "train",
]
