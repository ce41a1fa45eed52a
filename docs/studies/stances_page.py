"""The page on the record of stances, docs/stances_record.md; `python docs/refresh.py` writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from studies import decided, stances
from studies.markdown import table
from studies.stances import FULLY, GAP, LONG, PARTLY, Policy

from influence_sim.base.months import format_month
from influence_sim.theatre import Theatre, load

CODES = ("off", "partly", "fully")
NONE = "-"

TEXT = Path(__file__).resolve().parent.parent / "stances_record.md.in"


def page() -> str:
    """The whole page."""
    theatre = load()
    whole = stances.behaviour(theatre)
    of_run = stances.behaviour(theatre, theatre.start)
    moving = whole[whole["switches"] > 0]
    roles = theatre.roles
    spoilers = next(policy for policy in stances.policies(theatre) if roles.spoiler in policy)
    return TEXT.read_text(encoding="utf-8").format(
        lines=len(stances.lines()),
        partly=PARTLY,
        fully=FULLY,
        gap=GAP,
        long=LONG,
        spoiler=theatre.within[roles.spoiler],
        insurgents=theatre.within[roles.insurgents],
        since=format_month(stances.since(theatre, stances.lines(), spoilers)),
        behaviour=behaviour(whole, theatre),
        all=stances.years_between(whole),
        filled=stances.years_between(whole, "switches_filled"),
        sure=stances.years_between(whole, "switches_sure"),
        moving=stances.years_between(moving),
        still=len(whole) - len(moving),
        count=len(whole),
        run=stances.years_between(of_run),
        run_still=int((of_run["switches"] == 0).sum()),
        talks=talks(theatre, (roles.patron, roles.government)),
        beginnings=beginnings(theatre),
        invitations=invitations(theatre),
        exclusions=exclusions(theatre),
        **model(theatre),
    )


def model(theatre: Theatre) -> Mapping[str, object]:
    """What the page says of the model."""
    runs, roles, called = decided.runs_of(theatre), theatre.roles, labels(theatre)
    found = decided.beside(runs)
    rates = decided.years_between(runs, found)
    told = [decided.episodes(runs, actor) for actor in (roles.patron, roles.government)]
    exclusion, precedent = (decided.runs_of(theatre, {f"{rule}.strength": 0.0}) for rule in ("exclusion", "precedent"))
    absent = decided.absent(runs, stances.policies(theatre))
    outside = [row for row in found.itertuples(index=False) if decided.outside(row)]
    return {
        "replicates": runs.then.shape[1],
        "beside": beside(found, theatre),
        "compared": len(found),
        "absent": "; ".join(f"{called[policy.actor]} {what(policy, theatre)}" for policy in absent),
        "outside": len(outside),
        "rate_record": rates["record"],
        "rate_model": rates["model"],
        "rate_low": rates["low"],
        "rate_high": rates["high"],
        "openings": openings(decided.openings(runs), theatre),
        "attendance": attendance(runs, theatre),
        "convening": convening({"": runs, ", without the rule of exclusion": exclusion}, theatre),
        "episodes": episodes(dict(zip((roles.patron, roles.government), told, strict=True)), theatre),
        "patron": theatre.within[roles.patron],
        "patron_open": told[0]["open"],
        "patron_none": told[0]["none"],
        "patron_alone": decided.episodes(precedent, roles.patron)["open"],
    }


def beside(found: pd.DataFrame, theatre: Theatre) -> str:
    """Stances of the model beside the record's."""
    called = labels(theatre)
    rows = [
        (
            called[row.actor],
            what(Policy(row.actor, row.do, row.target), theatre),
            f"{row.switches:g}",
            f"{row.switches_model:.1f} ({row.switches_low:g} to {row.switches_high:g})",
            months(row.record_spell),
            months(row.model_spell),
            f"{row.held:.0%}",
            f"{row.held_model:.0%} ({row.held_low:.0%} to {row.held_high:.0%})",
            f"{row.fully:.0%}",
            f"{row.fully_model:.0%} ({row.fully_low:.0%} to {row.fully_high:.0%})",
            ", ".join(decided.outside(row)) or NONE,
        )
        for row in found.itertuples(index=False)
    ]
    pairs = [head for name in ("switches", "spell, months", "held", "fully held") for head in (name, "model")]
    return table(["who", "what", *pairs, "outside"], rows, texts=2)


def openings(found: pd.DataFrame, theatre: Theatre) -> str:
    """Who went into the open with the insurgents, and when."""
    called = labels(theatre)
    rows = [
        (
            called[row.actor],
            CODES[row.start],
            NONE if pd.isna(row.record) else format_month(theatre.start + int(row.record)),
            f"{row.opens:.0%}",
            NONE if pd.isna(row.month) else format_month(theatre.start + int(row.month)),
            f"{row.first:.0%}",
            NONE if pd.isna(row.kept) else f"{row.kept:.0%}",
        )
        for row in found.itertuples(index=False)
    ]
    header = ["who", "before the run, model", "open in the record", "open, replicates", "median month"]
    return table([*header, "first of all", "kept"], rows, texts=3)


def attendance(runs: decided.Runs, theatre: Theatre) -> str:
    """Invitations to formats, and how many were accepted."""
    called, rows = labels(theatre), []
    recorded = stances.invitations(theatre).set_index("forum")
    for forum in theatre.forums:
        asked, came = decided.attendance(runs, forum.name)
        if asked:
            low, high = (int(value) for value in pd.Series(came).quantile([0.05, 0.95]))
            real = recorded.loc[forum.name]
            rows.append(
                (
                    called[forum.name],
                    f"{real.came} of {real.asked}",
                    f"{came.mean():.1f} of {asked}",
                    f"{low} to {high}",
                )
            )
    return table(["table", "accepted in the record", "model, mean", "5-95 %"], rows)


def convening(named: Mapping[str, decided.Runs], theatre: Theatre) -> str:
    """Who held to convening after being left out."""
    called, rows = labels(theatre), []
    own = {forum.convenor: forum.name for forum in theatre.forums if forum.kind == "format"}
    for row in stances.exclusions().itertuples(index=False):
        for label, runs in named.items() if row.actor in own else ():
            found = decided.convening(runs, row.actor, own[row.actor], row.forum)
            span = [NONE if value == float("inf") else f"{value:g}" for value in (found["median"], found["high"])]
            rows.append(
                (
                    called[row.actor] + label,
                    called[row.forum],
                    months(row.months),
                    f"{found['before']:.0%}",
                    *span,
                    f"{found['never']:.0%}",
                )
            )
    header = ["who", "left out of", "months to convening, record", "already before", "median", "95 %", "not at all"]
    return table(header, rows, texts=2)


def episodes(found: Mapping[str, Mapping[str, float]], theatre: Theatre) -> str:
    """Talks of some actors with the insurgents, in the months that both have."""
    called, rows = labels(theatre), []
    for actor, told in found.items():
        real = stances.talks(actor, theatre.roles.insurgents)
        real = real[real["start"] >= format_month(theatre.start)]
        rows.append(
            (
                called[actor],
                len(real),
                months(real["months"].median()),
                f"{told['mean']:.2f}",
                f"{told['none']:.0%}",
                months(told["median"]),
                months(told["long"]),
                f"{told['open']:.0%}",
            )
        )
    header = ["who", "episodes in the record", "months", "model, mean", "replicates without", "median months", "90 %"]
    return table([*header, "ever in the open"], rows)


def labels(theatre: Theatre) -> Mapping[str, str]:
    """What actors and forums are called; forums that the model does not have, by their id."""
    others = {line.policy.target for line in stances.lines() if line.policy.do in stances.AT_TABLES}
    known = {one.name: one.label for one in (*theatre.actors, *theatre.forums)}
    return {name: name.replace("_", " ").capitalize() for name in others} | known


def behaviour(found: pd.DataFrame, theatre: Theatre) -> str:
    """Switches and spells."""
    called = labels(theatre)
    rows = [
        (
            called[row.actor],
            what(Policy(row.actor, row.do, row.target), theatre),
            *(f"{share:.0%}" for share in (row.off, row.partly, row.fully)),
            row.switches,
            row.switches_filled,
            row.switches_sure,
            f"{12 * row.switches / (row.months - 1):.2f}",
            months(row.spell),
        )
        for row in found.itertuples(index=False)
    ]
    header = ["who", "what", *CODES, "switches", "silences filled", "without alleged", "switches a year"]
    return table([*header, "spell, months"], rows, texts=2)


def what(policy: Policy, theatre: Theatre) -> str:
    """What a policy is, in words."""
    does = "deals with {target}" if policy.do == stances.DEAL else theatre.instruments[policy.do].does
    return does.format(target=theatre.within[policy.target])


def months(number: float) -> str:
    """A number of months, or a dash."""
    return NONE if pd.isna(number) else f"{number:g}"


def talks(theatre: Theatre, actors: Sequence[str]) -> str:
    """The episodes of some actors."""
    called = labels(theatre)
    rows = [
        (called[actor], row.start, row.end, row.months, CODES[row.code], row.confidence)
        for actor in actors
        for row in stances.talks(actor, theatre.roles.insurgents).itertuples(index=False)
    ]
    return table(["who", "from", "to", "months", "at most", "confidence"], rows, texts=3)


def beginnings(theatre: Theatre) -> str:
    """The order of beginning."""
    called = labels(theatre)
    rows = [
        (called[row.actor], row.began, row.sure or NONE, CODES[row.highest], "yes" if row.kept else "no")
        for row in stances.beginnings(theatre).itertuples(index=False)
    ]
    return table(["who", "began", "surely", "highest", "kept"], rows, texts=5)


def invitations(theatre: Theatre) -> str:
    """Who came."""
    called, found = labels(theatre), stances.invitations(theatre)
    rows = [
        (
            called[row.forum],
            row.asked,
            row.came,
            "; ".join(f"{called[actor]}, {month}" for actor, month in row.refused) or NONE,
        )
        for row in found.itertuples(index=False)
    ]
    asked, came = int(found["asked"].sum()), int(found["came"].sum())
    return table(["table", "asked", "came", "refused"], [*rows, ("all", asked, f"{came} ({came / asked:.0%})", "")])


def exclusions(theatre: Theatre) -> str:
    """Who convened after being left out."""
    called = labels(theatre)
    rows = [
        (
            called[row.actor],
            called[row.forum],
            row.since,
            called.get(row.convened, NONE),
            row.when or NONE,
            months(row.months),
        )
        for row in stances.exclusions().itertuples(index=False)
    ]
    return table(["who", "left out of", "since", "convened", "when", "months"], rows, texts=5)
