"""GAN Studio: every GAN of the family tree under live sliders."""
