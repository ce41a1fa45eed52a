"""Running scenarios many times, and keeping the results so that they can be trusted and repeated."""
