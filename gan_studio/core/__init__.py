"""Validation, fields, events, files, devices, processes: no GAN, no picture format."""
