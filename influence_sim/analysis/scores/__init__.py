"""How predictions did on what was observed later: proper scores, and what needs no model to hold them against."""
