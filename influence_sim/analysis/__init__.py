"""What the numbers say: summaries, paired differences, how far they depend on assumptions, and why."""

WORLDS_TRIED = 512
"""Worlds in which a command tries a result by default: a second's work, and enough to see what matters most."""
