"""The examples in the docstrings of the public functions run, and print what they say."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from influence_sim.api import compare, explain, lookups, playable, properties, result, run, score, worlds


@pytest.mark.parametrize(
    "module",
    [run, lookups, compare, explain, playable, properties, result, score, worlds],
    ids=lambda module: module.__name__,
)
def test_examples_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
    assert tried >= 1
