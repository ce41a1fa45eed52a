"""Running scenarios many times, and keeping the results so that they can be trusted and repeated."""

MOST_TRIED = 4096
"""Worlds in which a run may be tried again; for more, a sweep is the tool."""
