"""What a question brings back: a run, a comparison, an explanation, a sweep, as notebooks and commands show them."""
