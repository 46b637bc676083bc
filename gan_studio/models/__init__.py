"""Models at hand: library, card, named sliders, publishing."""
