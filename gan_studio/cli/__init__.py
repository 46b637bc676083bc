"""The commands and what a terminal shows."""
