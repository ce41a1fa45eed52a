"""What the numbers say: summaries, paired differences, how far they depend on assumptions, and why."""

WORLDS_TRIED, MOST_TRIED = 512, 4096
"""Worlds in which a result is tried by default, a second's work in which what matters stands out, and at most; beyond
that, a proper sweep is the tool."""
