"""Designed experiments: one comparison at many points, run so that nothing is lost."""
