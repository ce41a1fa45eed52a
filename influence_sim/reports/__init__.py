"""The page of a result: its sentences, its figures, and the templates that join them."""
