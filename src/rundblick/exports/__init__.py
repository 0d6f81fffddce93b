"""A folder of exports onto the road: for the check, which looks, and for the import, which takes over."""
