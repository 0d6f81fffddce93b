"""The floor that everything stands on: what comes in, ids and numbers, time, events, database access, settings."""
