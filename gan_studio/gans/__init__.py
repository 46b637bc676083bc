"""GANs and how they lie on disk: families, losses, layers, latent spaces."""
