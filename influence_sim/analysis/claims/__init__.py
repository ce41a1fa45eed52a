"""Tests of the article's claims: what is run, what is made of it, and what was found when it was last done."""
