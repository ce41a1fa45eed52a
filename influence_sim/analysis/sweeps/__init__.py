"""What a sweep says: what drives its outcomes, and under which ranges of the factors something happens."""
