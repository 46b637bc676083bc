"""Metrics, reference sets, reports, and the monitor of a training."""
