"""The page on the record of stances, docs/stances_record.md; `python docs/refresh.py` writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from studies import stances
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
    )


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
