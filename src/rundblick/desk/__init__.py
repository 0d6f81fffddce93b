"""The agents' desk: the pages people work at. It fetches, calls one rule of a lower room, and renders."""
