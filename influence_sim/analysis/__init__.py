"""What the numbers say: summaries, paired differences, how far they hang on what was assumed, and why."""

WORLDS_TRIED, MOST_TRIED = 512, 4096
"""Worlds in which a result is tried unless somebody asks for others: a second's work, and what matters stands out. At
most so many; beyond, a proper sweep is the tool."""
