"""The names of `late`, and what each of them is."""

import jinja2 as jinja2
import pandas as pd

__all__ = ["jinja2", "pd"]
