"""Small multiples of all outcomes, and the verdicts on the claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from influence_sim.views import multiples, verdicts, verdicts_page


def found_verdicts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "test": ["C08-a", "C15-b", "C40-c", "C07"],
            "share": [0.95, 0.4, 0.02, np.nan],
            "share_low": [0.93, 0.35, 0.01, np.nan],
            "share_high": [0.97, 0.45, 0.04, np.nan],
            "verdict": ["holds", "depends", "fails", "untestable"],
            "kind": ["forced", "conditional", "emergent", ""],
        }
    )


def _axes():
    return Figure(figsize=(5, 3)).add_subplot()


def test_every_outcome_has_a_panel_with_its_unit(summary, labels):
    page = multiples(summary, title="All", labels=labels, branch=None)
    panels = [ax for ax in page.axes if ax.get_gid() != "key"]
    titles = [ax.get_title(loc="left").replace("\n", " ").partition(": ")[0] for ax in panels]
    assert titles == [labels[name].label for name in summary["outcome"].unique()]
    units = [ax.yaxis.label.get_text() for ax in panels]
    assert units[:2] == ["index, 0-1", "share, 0-1"]
    assert all(units)


def test_a_change_is_told_only_where_the_interval_supports_it(summary, labels):
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in multiples(summary, labels=labels).axes]
    names = {title.partition(": ")[0] for title in titles if ": " in title}
    last = summary[(summary["date"] == summary["date"].max()) & summary["diff"].notna()].set_index("outcome")
    clear = last[(last["ci_low"] > 0) | (last["ci_high"] < 0)].index
    assert names == {labels[name].label for name in clear}
    assert 0 < len(names) < len(labels)
    assert any(title.startswith("Kabul's authority: \N{MINUS SIGN}0.0") for title in titles)


def test_what_never_moves_is_named_and_not_drawn(summary, labels):
    still = summary.copy()
    still.loc[still["outcome"] == "violence", ["q05", "q25", "q50", "q75", "q95"]] = 0.5
    page = multiples(still, labels=labels)
    assert not any(ax.get_title(loc="left").startswith("Violence") for ax in page.axes)
    assert any("they never move: Violence." in text.get_text().replace("\n", " ") for text in page.texts)
    assert multiples(still, ["violence"], labels=labels).axes[0].get_title(loc="left").startswith("Violence")


def test_some_outcomes_of_one_arm(alone, labels):
    page = multiples(alone, ["violence", "us_presence"], labels=labels)
    panels = [ax for ax in page.axes if ax.get_gid() != "key"]
    assert [ax.get_title(loc="left") for ax in panels] == ["Violence", "US presence"]
    with pytest.raises(ValueError, match="not an outcome"):
        multiples(alone, ["violense"])


def test_nothing_overlaps_on_the_page_of_all(summary, labels, seen_texts):
    boxes = [box for _, box in seen_texts(multiples(summary, title="All", labels=labels))]
    overlaps = [
        (first, other)
        for i, first in enumerate(boxes)
        for other in boxes[i + 1 :]
        if first[0] < other[2] - 1 and other[0] < first[2] - 1 and first[1] < other[3] - 1 and other[1] < first[3] - 1
    ]
    assert overlaps == []


def test_marks_stand_at_the_shares_and_kinds_differ_by_shape():
    ax = _axes()
    assert verdicts(found_verdicts(), ax=ax) is ax
    marks = {line.get_gid(): line for line in ax.lines if line.get_gid()}
    assert list(marks["forced"].get_xdata()) == [0.95]
    assert list(marks["emergent"].get_ydata()) == [2.0]
    assert len({line.get_marker() for line in marks.values()}) == 3
    assert [text.get_text() for text in ax.texts if text.get_gid() == "verdict"] == ["1 holds", "1 depends", "1 fails"]
    assert [text.get_text() for text in ax.texts if not text.get_gid()] == ["95 %", "40 %", "2 %"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["C08 a", "C15 b", "C40 c"]
    segments = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert segments == [[0.93, 0.97], [0.35, 0.45], [0.01, 0.04]]


def test_verdicts_are_ranked_and_grouped():
    more = pd.concat([found_verdicts()[::-1], found_verdicts().assign(test="D", share=0.92, verdict="holds")])
    ax = verdicts(more, ax=_axes())
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names[0] == "C08 a"
    assert names[-1] == "C40 c"
    assert [text.get_text() for text in ax.texts if text.get_gid() == "verdict"] == ["5 hold", "1 depends", "1 fails"]


def test_the_page_explains_its_marks(seen_texts):
    texts = [text for text, _ in seen_texts(verdicts_page(found_verdicts(), title="Verdicts"))]
    assert {"forced", "conditional", "emergent"} <= set(texts)
    assert "nothing to explain" not in texts


def test_without_verdicts_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="no claim was tested"):
        verdicts(found_verdicts()[3:], ax=_axes())
    with pytest.raises(ValueError, match="lacks the columns"):
        verdicts(found_verdicts().drop(columns=["kind", "share"]))
