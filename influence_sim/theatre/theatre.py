"""The theatre: the world of the article, as one immutable value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

from influence_sim.base.errors import InputError, wrong
from influence_sim.base.months import Month
from influence_sim.scenario.vocabulary import Bounds, Vocabulary
from influence_sim.theatre.numbers import ParameterSpec, Ref
from influence_sim.theatre.setting import Borders, Calendar, Crop, Roles
from influence_sim.theatre.spec import (
    Actor,
    Claim,
    Condition,
    Effect,
    Entry,
    Event,
    Forum,
    Lever,
    Outcome,
    Province,
    Rule,
)
from influence_sim.theatre.words import INSTRUMENTS, ActorWords, Instrument, Tile, Words

INITIAL = ("factions.moderates", "{spoiler}.start", "authority.cohesion_start", "territory.start")
"""Names, or beginnings of names, of the parameters that only set the first month; roles in braces."""
ARTICLE = re.compile(r"^(The|An?)\b")
NAME = re.compile(r"\b[a-z]\w*\W+([^\W\d_a-z]\w*)")
"""A word with a capital behind one without."""
UNTRUSTED = (
    "this theatre brings code of its own, which can do here whatever you can; read it, and if you trust it say so: "
    "--trust, or use_theatre(..., trust=True)"
)


@dataclass(frozen=True, eq=False, repr=False)
class Theatre:
    """Actors, rules, forums, events, conditions, outcomes, ground and numbers, with their sources.

    Attributes:
        own_effects: (actor, do, target, outcome) -> what the lever does to it in the model itself; empty if nobody has
            measured that.
        words: its texts for readers; no number depends on them.
        digest: hash of its other data files, and of changes made to it since.
        code: the text of its own `rules.py`, if it has one.
        trusted: whether that may run.
    """

    title: str
    calendar: Calendar
    roles: Roles
    crop: Crop
    borders: Borders
    actors: tuple[Actor, ...]
    effects: tuple[Effect, ...]
    rules: tuple[Rule, ...]
    forums: tuple[Forum, ...]
    events: tuple[Event, ...]
    conditions: tuple[Condition, ...]
    outcomes: tuple[Outcome, ...]
    provinces: tuple[Province, ...]
    neighbours: tuple[tuple[str, str], ...]
    parameters: Mapping[str, ParameterSpec]
    claims: tuple[Claim, ...]
    sources: Mapping[str, str]
    words: Words
    digest: str
    own_effects: Mapping[tuple[str, str, str, str], float] = field(default_factory=dict)
    code: str = ""
    trusted: bool = False

    def __repr__(self) -> str:
        """Its title; all else would be a hundred thousand characters."""
        return f"<Theatre {self.title}>"

    @property
    def own_code(self) -> str:
        """The text of its own `rules.py`, to be run.

        Raises:
            InputError: the user has not said that it is trusted.
        """
        if self.code and not self.trusted:
            raise InputError(wrong("rules.py", "", UNTRUSTED))
        return self.code

    @property
    def start(self) -> Month:
        """The first month of every run."""
        return self.calendar.start

    def named(self, template: str) -> str:
        """The name of a parameter, condition or instrument that the equations know by roles, in braces."""
        return self.roles.named(template, self.crop)

    @property
    def headline(self) -> tuple[str, ...]:
        """The outcomes that are shown first."""
        return tuple(self.words.headline) or tuple(outcome.name for outcome in self.outcomes[:5])

    @property
    def question(self) -> tuple[str, ...]:
        """The outcomes that the theatre's question is about."""
        return tuple(self.words.question) or self.headline[:1]

    @cached_property
    def within(self) -> Mapping[str, str]:
        """What actors and forums are called within a sentence, by id: `the insurgents`."""
        labels = {a.name: a.label for a in self.actors} | {f.name: f.label for f in self.forums}
        labels = {name: ARTICLE.sub(lambda article: article[0].lower(), label) for name, label in labels.items()}
        return labels | {name: words.within for name, words in self.words.actors.items() if words.within}

    @cached_property
    def proper(self) -> frozenset[str]:
        """The words that keep their capital wherever they stand, as they do behind the beginning of a label."""
        names = [f"a {self.within[actor.name]}" for actor in self.actors]
        labels = [outcome.label for outcome in self.outcomes] + [forum.label for forum in self.forums]
        words = {word for text in (*names, *labels) for word in NAME.findall(text)}
        return frozenset({*self.words.proper, *words})

    def inner(self, label: str) -> str:
        """A label as it stands within a sentence: only names keep their capital."""
        first = re.split(r"\W", label, maxsplit=1)[0]
        kept = first in self.proper or first[1:] != first[1:].lower()
        return label if kept else label[:1].lower() + label[1:]

    @cached_property
    def short(self) -> Mapping[str, str]:
        """What actors are called where there is little room, by id."""
        names = {actor.name: self.words.actors.get(actor.name, ActorWords()).short for actor in self.actors}
        return {name: short or name.replace("_", " ").title() for name, short in names.items()}

    @cached_property
    def tiles(self) -> Mapping[str, Tile]:
        """The places of provinces on the map, by their codes; empty without a map."""
        ends = {end: province.iso for province in self.provinces for end in (province.iso, province.iso.split("-")[-1])}
        return {ends.get(tile.short, tile.short): tile for tile in self.words.tiles()}

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """What there is to do here, with the words for it."""
        crop = {"plant": self.crop.plant, "crop": self.words.crop or self.crop.plant, "target": "{target}"}
        return {
            self.named(do): Instrument(*(phrase.format(**crop) for phrase in phrases))
            for do, phrases in INSTRUMENTS.items()
        }

    @cached_property
    def levers(self) -> tuple[Lever, ...]:
        """Every lever of every actor, actor by actor."""
        return tuple(lever for actor in self.actors for lever in actor.levers)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What scenarios may name."""
        return Vocabulary(
            actors=tuple(actor.name for actor in self.actors),
            levers=frozenset((lever.actor, lever.do, lever.target) for lever in self.levers),
            forums=tuple(forum.name for forum in self.forums),
            conditions={  # by default what holds from the end of the record on
                one.name: Bounds(one.low, one.high, self.number(one.series[max(one.series)]), one.unit)
                for one in self.conditions
            },
            parameters={name: spec.limits for name, spec in self.parameters.items()},
            outcomes=tuple(outcome.name for outcome in self.outcomes),
            claims=frozenset(claim.id for claim in self.claims),
            start=self.calendar.start,
            months=self.calendar.months,
            last=self.calendar.last,
            initial=frozenset(name for name in self.parameters if name.startswith(tuple(map(self.named, INITIAL)))),
            switches=frozenset(name for name, spec in self.parameters.items() if not spec.varies),
        )

    def number(self, ref: Ref) -> float:
        """A constant, or the default of the parameter of that name."""
        return self.parameters[ref].default if isinstance(ref, str) else ref

    def named_numbers(self) -> Iterator[Ref]:
        """The numbers of its entries: constants, and names of parameters."""
        for actor in self.actors:
            yield from (*actor.capability.values(), *actor.ties.values(), actor.aversion, actor.weight)
            yield from (interest.salience for interest in actor.interests)
            yield from (lever.cost for lever in actor.levers)
            yield f"sponsors.{actor.name}"
        yield from (effect.size for effect in self.effects)
        yield from (rule.strength for rule in self.rules)
        yield from (event.strength for event in self.events)
        yield from chain.from_iterable(condition.series.values() for condition in self.conditions)
        yield from (province.spoiler_ground for province in self.provinces)

    def actor(self, name: str) -> Actor:
        """The actor of that name.

        Raises:
            KeyError: there is none.
        """
        return {actor.name: actor for actor in self.actors}[name]

    def citations(self) -> Iterator[tuple[str, Entry | Forum]]:
        """Everything that must say what supports it, by label."""
        for actor in self.actors:
            for interest in actor.interests:
                label = ".".join(filter(None, ("interest", actor.name, interest.faction, interest.outcome)))
                yield label, interest
            for stance in actor.stances:
                yield f"stance {stance.label}", stance
            yield from actor.cited.items()
        yield from ((f"effect {effect.id}", effect) for effect in self.effects)
        yield from ((f"rule {rule.id}", rule) for rule in self.rules)
        yield from ((f"forum {forum.name}", forum) for forum in self.forums)
        yield from ((f"event {event.id}", event) for event in self.events)
        yield from ((f"condition {condition.name}", condition) for condition in self.conditions)
        yield from ((f"outcome {outcome.name}", outcome) for outcome in self.outcomes)

    @cached_property
    def ledger(self) -> tuple[Claim, ...]:
        """The claims, each with the entries of this theatre that use it."""
        used = [(claim, label) for label, cited in self.citations() for claim in cited.claims]
        for spec in self.parameters.values():  # claims that only the note of a mechanism's parameter names
            used += [(claim.id, f"parameter {spec.name}") for claim in self.claims if claim.id in spec.note]
        users = {claim.id: tuple(label for name, label in used if name == claim.id) for claim in self.claims}
        return tuple(replace(claim, used_by=users[claim.id]) for claim in self.claims)
