"""The page of a result: what it says, what it shows, and the template that joins them."""
