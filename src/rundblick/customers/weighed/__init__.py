"""Weighed matching over the records of the database: runs that make edges, models, explanations, the review queue."""
