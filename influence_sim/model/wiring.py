"""Filling the wiring: who is who, which lever bears on what, and which number stands where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.base.numbers import Floats
from influence_sim.model.decision import EITHER, HARD_LINE, LESS, MODERATE, MORE
from influence_sim.model.engagement import CONTACT, DISCLOSE, STRIKE
from influence_sim.model.fields import STATE
from influence_sim.model.index import CONVENE, FORMAT, Index, Meeting
from influence_sim.model.motives import Entry, Motives, Term, motives_of
from influence_sim.model.own_rules import own_rules
from influence_sim.model.parameters import COVERTLY, THROUGH
from influence_sim.model.places import place_of
from influence_sim.model.records import Kinds, Sizes, kinds, place
from influence_sim.model.rules import TIE, Own
from influence_sim.model.slots import slots_of
from influence_sim.theatre import Theatre

WAYS = {"less": LESS, "more": MORE, "held": EITHER}
FACTIONS = {"": 0, "moderate": MODERATE, "hardline": HARD_LINE}
EVENTS = {"contact": CONTACT, "disclose": DISCLOSE, "strike": STRIKE}


@dataclass(frozen=True, eq=False)
class Wired:
    """A theatre, ready to run.

    Attributes:
        index: which row stands for what.
        sizes: how much room its records have.
        kinds: of its records.
        record: the wiring.
        own: the terms of its own alliance rules, for replicates side by side.
        places: parameter -> its place among the values; `constants` of the theatre stand behind.
        values: every parameter at its default, and the constants.
        motives: what moves the actors.
    """

    index: Index
    sizes: Sizes
    kinds: Kinds
    record: np.record
    own: Own
    places: Mapping[str, int]
    values: Floats
    motives: Motives


@lru_cache(maxsize=64)
def wire(theatre: Theatre, forums: tuple[Meeting, ...], added: tuple[tuple[str, str, str], ...], room: int) -> Wired:
    """Wires a theatre, once for all arms that have the same forums and levers.

    Args:
        theatre: the world.
        forums: its forums, and what a scenario adds.
        added: the levers that a scenario adds, as (actor, do, target).
        room: how many numbers of its own an arm may bring beside those of the record.

    Raises:
        InputError: the theatre lacks a parameter that equations ask for, or names a rule or outcome that nobody wrote.
    """
    return _Wiring(Index.of(theatre, forums, added), room).done()


class _Wiring:
    """A wiring in the making."""

    def __init__(self, index: Index, room: int) -> None:
        self.index, self.theatre = index, index.theatre
        self.motives = motives_of(index)
        self.slots = slots_of(index, self.motives)
        self._hosted()
        self.sizes = Sizes().holding(self._needed(room))
        self.kinds = kinds(self.sizes)
        self.w: Any = np.zeros(1, self.kinds.wiring)[0]

    def done(self) -> Wired:
        """Fills everything."""
        self._counts_and_roles()
        self._levers()
        self._stances()
        self._motives()
        self._ties()
        self._forums()
        self._ground()
        self._outcomes()
        self._slots()
        own = own_rules(self.theatre.own_code, self.kinds, side_by_side=True)
        values = np.array(self.slots.values, dtype=np.float64)
        return Wired(self.index, self.sizes, self.kinds, self.w, own, self.slots.places, values, self.motives)

    def _needed(self, room: int) -> dict[str, int]:
        index, slots = self.index, self.slots.slots
        return {
            "actors": len(index.actors) + 2,
            "levers": len(index.levers) + 2,
            "ties": len(index.tie) + 1,
            "forums": len(index.forums) + 1,
            "seats": len(index.seat) + 1,
            "states": sum(index.states(lever.actor) for lever in index.levers[index.policies :]) + 1,
            "provinces": len(self.theatre.provinces),
            "judges": len(index.judges) + 1,
            "interests": sum(len(actor.interests) for actor in index.actors) + 1,
            "terms": len(self.motives.terms) + 1,
            "entries": sum(map(len, self.motives.entries)) + 1,
            "stances": len(index.stances) + 1,
            "options": len(index.options) + 1,
            "settings": sum(len(option.sets) for *_, option in index.options) + 1,
            "drives": max((len(term.drives) for term in self.motives.terms), default=0),
            "values": len(self.slots.values) + room + sum(len(item.series) for item in self.theatre.conditions),
            "slots": len(slots) + 1,
            "sources": sum(len(slot.sources) for slot in slots) + 1,
            "outcomes": len(self.theatre.outcomes),
            "events": len(self.theatre.events),
            "hosted": len(self.hosted),
        }

    def _counts_and_roles(self) -> None:
        w, index, roles = self.w, self.index, self.theatre.roles
        w.n_actors, w.n_levers, w.n_policies = len(index.actors), len(index.levers), index.policies
        w.n_ties, w.n_forums, w.n_seats = len(index.tie), len(index.forums), len(index.seat)
        w.n_stances, w.n_options = len(index.stances), len(index.options)
        w.n_provinces, w.n_events = len(self.theatre.provinces), len(self.theatre.events)
        for part in ("challenger", "patron", "government", "insurgents", "spoiler"):
            setattr(w, part, index.actor[getattr(roles, part)])
        w.mediator[:] = [index.actor[name] for name in roles.mediators]
        w.talks = index.forum[roles.talks]
        channels = [f.name for f in index.forums if f.kind != FORMAT and f.convenor == roles.patron]
        w.patron_channel = index.forum[channels[0] if channels else ""]
        for row, event in enumerate(self.theatre.events):
            w.event_kind[row], w.event_actor[row] = EVENTS[event.kind], index.actor[event.actor]

    def _levers(self) -> None:
        w, index, roles = self.w, self.index, self.theatre.roles
        none = len(index.levers)
        for field in (w.fight, w.support, w.press, w.attend, w.engage_publicly, w.engage_covertly):
            field[...] = none
        w.eradicate[:], w.convene[:], w.invite[:] = none, none, none
        ban, talks = self.theatre.crop.instrument, roles.talks
        state = 0
        for row, lever in enumerate(index.levers):
            i = index.actor[lever.actor]
            w.owner[row], w.seen[row] = i, 1
            if lever.do in {"fight", "support"}:
                getattr(w, lever.do)[i, index.actor[lever.target]] = row
            elif lever.do == "press_for_talks":
                w.press[i, index.actor[lever.target]] = row
            elif lever.do in {"engage_publicly", "engage_covertly"} and lever.target == roles.insurgents:
                getattr(w, lever.do)[i] = row
                w.averse[row] = 1 if lever.do == "engage_publicly" else COVERTLY
                w.seen[row] = lever.do == "engage_publicly"
            elif lever.do == ban:
                w.eradicate[i] = row
            elif lever.do == "attend":
                w.attend[i, index.forum[lever.target]] = row
                w.averse[row] = lever.target == talks
            elif lever.do == "invite":
                for seat, (guest, name) in enumerate(index.seat):
                    forum = index.forums[index.forum[name]]
                    if guest == lever.target and forum.convenor == lever.actor and forum.kind != FORMAT:
                        w.invite[seat] = row  # who is asked to a format stands in its invitations
            elif lever.do == CONVENE:
                w.at_once[row] = 1
                if index.forums[index.forum[lever.target]].convenor == lever.actor:
                    w.convene[index.forum[lever.target]] = row
            w.state[row] = state
            state += index.states(lever.actor) if index.is_seat(lever) else 0
        w.state[none] = state
        w.owner[none:] = len(index.actors)
        for i, actor in enumerate(index.actors):
            w.policy[i + 1] = w.policy[i] + len(index.rows_of(actor.name, seats=False))
            w.engages[i] = w.engage_publicly[i] < none
            w.states_of[i] = actor.seats
            w.main_sponsor[i] = f"sponsors.{actor.name}" in self.theatre.parameters

    def _stances(self) -> None:
        """Stances, their options, and what each of them sets."""
        w, index, setting = self.w, self.index, 0
        w.chair[:] = len(index.seat)
        for row, stance in enumerate(index.stances):
            w.decides[row] = index.actor[stance.actor]
            w.stance[w.decides[row] + 1 :] = row + 1
            w.option[row + 1] = w.option[row] + len(stance.options)
        for row, (stance, name, option) in enumerate(index.options):
            w.promise[row], w.begins[row], w.setting[row] = option.promise, name == stance.start, setting
            if option.at:
                w.chair[row] = index.seat[stance.actor, option.at]
            for key, level in option.sets.items():
                do, target = key.split()
                w.sets[setting], w.level_set[setting] = index.lever[stance.actor, do, target], level
                setting += 1
        w.setting[len(index.options)] = setting

    def _motives(self) -> None:
        """Interests and terms of rules, actor by actor, and what bears on each lever."""
        w, index, row = self.w, self.index, 0
        for i, actor in enumerate(index.actors):
            w.interest[i] = row
            for interest in actor.interests:
                w.wants_of[row] = i
                w.wanted[row], w.faction[row] = self._place(interest.outcome), FACTIONS[interest.faction]
                row += 1
        w.interest[len(index.actors)] = row
        for n, term in enumerate(self.motives.terms):
            w.rule[n], w.decider[n] = term.rule.number, index.actor[term.actor]
            w.other[n] = index.actor[self._target(term)]
            w.argument[n, : len(term.rule.arguments)] = [self._argument(term, key) for key in term.rule.arguments]
            w.drives[n], w.drive[n, : len(term.drives)] = len(term.drives), term.drives
            w.drive_way[n] = WAYS[term.spec.wants]
        w.n_terms = sum(term.rule.number != TIE for term in self.motives.terms)  # a tie is read where it stands
        row, one = 0, place(self.kinds.state, "unity")
        for lever, entries in enumerate(self.motives.entries):
            w.entry[lever] = row
            w.beside[lever] = row + sum(entry.term < 0 or entry.scale == THROUGH for entry in entries)
            for entry in entries:
                w.entry_place[row], w.entry_term[row] = self._bearing(entry), entry.term + 1
                w.entry_slope[row] = self._slope(entry.slope) if entry.slope else one
                w.scale[row], w.sign[row], w.own_effect[row] = entry.scale, entry.sign, entry.own_effect
                row += 1
        w.entry[len(index.levers)] = row

    def _slope(self, name: str) -> int:
        """Where the state holds how much there is to gain."""
        if STATE.get(name, ("",)):
            single = [field for field, axes in STATE.items() if not axes]
            raise InputError(wrong("effects.yaml", name, "no slope of that name", did_you_mean(name, single)))
        return place(self.kinds.state, name)

    def _bearing(self, entry: Entry) -> int:
        """Where the state holds what bears on a lever: a gap, the term of a rule or, of the rule `tie`, the tie."""
        if entry.term < 0:
            return place(self.kinds.state, "gap", entry.interest)
        term = self.motives.terms[entry.term]
        if term.rule.number == TIE:
            return place(self.kinds.state, "tie", self.index.tie[term.actor, self._target(term)])
        return place(self.kinds.state, "motive", entry.term)

    def _target(self, term: Term) -> str:
        """The actor that is a lever's target; of a forum its convenor."""
        at_forum = term.target in self.index.forum
        return self.index.forums[self.index.forum[term.target]].convenor if at_forum else term.target

    def _argument(self, term: Term, key: str) -> int:
        """What a rule is given under a key, or under the name of who decides: an actor's row, or an outcome's place."""
        spec = term.spec
        if key not in spec.with_ and term.actor not in spec.with_:
            problem = f"the rule {spec.id} must be given `{key}`"
            raise InputError(wrong("rules.yaml", spec.id, problem, f"write `with: {{{key}: …}}`"))
        name = spec.with_.get(key, spec.with_.get(term.actor, ""))
        return self._place(name) if name in self.index.outcomes else self.index.actor[name]

    def _ties(self) -> None:
        w, index, roles = self.w, self.index, self.theatre.roles
        w.tie[...] = len(index.tie)
        ban, crop = self.theatre.crop.instrument, self.theatre.crop.name
        harmful = {one.name for one in self.theatre.outcomes if one.measure.startswith("crop_")}
        harmed = {a.name for a in index.actors for k in a.interests if k.outcome in harmful and k.ideal == 0.0}
        for row, (i, j) in enumerate(index.tie):
            w.tie[index.actor[i], index.actor[j]] = row
            w.tie_from[row], w.tie_to[row] = index.actor[i], index.actor[j]
            e = index.enemy(i, j)
            w.tie_aid[row], w.tie_aid_to_enemy[row] = index.lever[j, "support", i], index.lever[j, "support", e]
            w.tie_fight[:, row] = index.lever[i, "fight", j], index.lever[j, "fight", i]
            w.tie_enemy_fight[:, row] = index.lever[i, "fight", e], index.lever[e, "fight", i]
            w.tie_ban[row] = index.lever[j, ban, crop] if i in harmed else len(index.levers)
            w.tie_contact[row] = index.actor[i if j == roles.insurgents else j if i == roles.insurgents else ""]
        for row, (who, k) in enumerate(index.judges):
            w.judge[row], w.judge_tie[row] = index.actor[who], index.tie[who, roles.mediators[k]]
            w.judges[k + 1 :] = row + 1
        w.hosted[: len(self.hosted)] = self.hosted
        w.tie_seat[: len(self.tie_seat)], w.judge_seat[: len(self.judge_seat)] = self.tie_seat, self.judge_seat

    def _hosted(self) -> None:
        """The seats of guests at forums that others convene: tie by tie, then judge by judge."""
        index, self.hosted = self.index, list[int]()
        seats: dict[tuple[str, str], list[int]] = {}
        for row, (guest, name) in enumerate(index.seat):
            seats.setdefault((guest, index.forums[index.forum[name]].convenor), []).append(row)
        self.tie_seat, self.judge_seat = [0], list[int]()
        for i, j in index.tie:
            self.hosted += seats.get((i, j), []) + seats.get((j, i), [])
            self.tie_seat.append(len(self.hosted))
        self.judge_seat.append(len(self.hosted))
        for who, k in index.judges:
            self.hosted += seats.get((who, self.theatre.roles.mediators[k]), [])
            self.judge_seat.append(len(self.hosted))

    def _forums(self) -> None:
        w, index = self.w, self.index
        w.seat[...] = len(index.seat)
        for row, (actor, forum) in enumerate(index.seat):
            w.seat[index.actor[actor], index.forum[forum]] = row
            w.seat_of[row], w.seat_at[row] = index.actor[actor], index.forum[forum]
            w.seat_lever[row] = index.lever[actor, "attend", forum]
        for row, meeting in enumerate(index.forums):
            w.convenor[row] = index.actor[meeting.convenor]
            w.is_format[row] = meeting.kind == FORMAT
        w.convenor[len(index.forums) :] = len(index.actors)

    def _ground(self) -> None:
        w, provinces = self.w, self.theatre.provinces
        crop, count = self.theatre.crop, len(self.theatre.provinces)
        spillover = set(self.theatre.borders.spillover)
        people = np.array([province.population for province in provinces], dtype=np.float64)
        districts = np.array([province.districts for province in provinces], dtype=np.float64)
        north = np.array([bool(spillover & set(province.borders)) for province in provinces], dtype=np.float64)
        w.people[:count] = people / people.sum()
        w.districts[:count] = districts / districts.sum()
        w.north[:count] = north * w.people[:count]
        mean = np.array([0.5 * (province.crop[0] + province.crop[1]) for province in provinces])
        w.crop_suits[:count] = _standard(np.log1p(mean))
        w.spoiled[:count] = [province.spoiler_ground != 0.0 for province in provinces]
        w.insurgency[:count] = [province.insurgency for province in provinces]
        w.crop_base[:count] = [province.crop[1] for province in provinces]
        w.yield_of_crop, w.half_of_crop, w.northern_route = crop.tonnes_per_hectare, crop.half, crop.northern_route

    def _outcomes(self) -> None:
        for row, outcome in enumerate(self.theatre.outcomes):
            self.w.outcome[row] = self._place(outcome.name)

    def _place(self, name: str) -> int:
        """Where the state holds an outcome."""
        return place_of(self.index, self.kinds, self.theatre.outcomes[self.index.outcomes[name]])

    def _slots(self) -> None:
        w, source = self.w, 0
        w.n_slots = len(self.slots.slots)
        for row, slot in enumerate(self.slots.slots):
            w.slot[row], w.slot_sources[row] = place(self.kinds.parameters, slot.field, slot.row), source
            w.source[source : source + len(slot.sources)] = slot.sources
            source += len(slot.sources)
        w.slot_sources[w.n_slots] = source


def _standard(values: Floats) -> Floats:
    """Less the mean, in standard deviations; 0 where all are alike."""
    spread = float(values.std())
    centred: Floats = values - values.mean()
    return centred / spread if spread > 0.0 else centred
