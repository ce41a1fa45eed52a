"""What the numbers say: summaries, paired differences, how far they hang on what was assumed, and why."""
