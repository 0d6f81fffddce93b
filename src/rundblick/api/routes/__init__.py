"""The routes, a module for each kind of object. A route fetches, calls one rule of a lower room, and gives it back."""
