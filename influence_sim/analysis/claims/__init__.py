"""Tests of the article's claims: what is run, how it is judged, and the verdicts that are shipped."""
