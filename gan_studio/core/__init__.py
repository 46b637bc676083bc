"""Validation, configuration fields, events, files, devices, processes; no GANs, no images."""
