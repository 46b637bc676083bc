"""A picture, its recipe, its file."""
