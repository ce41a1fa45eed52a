"""The fields of the records: what changes, what is assumed, who is who, and what a month brings.

Fields have names, so that an equation reads like the page that describes it (docs/odd.md).
"""

from __future__ import annotations

from collections.abc import Mapping

Fields = Mapping[str, tuple[str, ...]]
"""Field -> what its axes count; none for a single number."""

MEDIATORS = 2
"""The challenger, 0, and the patron, 1."""


STATE: Fields = {
    # the month's circumstances (6)
    "foreign_troops": (),
    "aid": (),
    "pressure": (),
    "weather": (),
    "inflow": (),
    "crises": (),
    "current": (),
    "troops": (),  # tau
    # 7.1 decision
    "stake": ("interests",),  # salience, times the actor's weight and the faction's share
    "gap": ("interests",),  # distance from each ideal point, times the stake
    "usual": ("interests",),  # size of the gap over the last year
    "motive": ("terms",),  # term of each alliance rule, times what the actor wants of it
    "worth": ("levers",),
    "sought": ("levers",),  # what of it speaks from interests
    "value": ("options",),  # V, before the costs of changing
    "considered": ("options",),  # A: how far an option is considered
    "probability": ("options",),  # of being chosen, if the stance is reviewed
    "chosen": ("options",),  # 1 of the option that holds, 0 of the others
    "held": ("stances",),  # months for which it has
    "was": ("options",),  # chosen, before the month's decision
    "lasted": ("stances",),  # held, before it
    "review_odds": ("stances",),  # how likely it is looked at this month
    "reviewed": ("stances",),  # whether it was
    "chance": ("levers",),  # expected level if everything is reviewed
    "choice": ("levers",),  # level that the stance sets; of a seat, the share of its states that come
    "x": ("levers",),  # intensity of each lever
    "before": ("levers",),  # its intensity last month
    "stir": ("actors",),  # how much an actor's policies moved last month, as far as others see it
    "news": ("actors",),  # how much happened last month that concerns an actor
    # 7.3 engagement
    "contact": ("actors",),  # E
    "disclosed": ("actors",),  # d
    "line": ("actors",),
    "past": ("actors",),  # h
    "followed": ("mediators",),  # F
    "insurgent_recognition": (),
    "consensus": (),
    # 7.4 ties and factions
    "tie": ("ties",),
    "tie_was": ("ties",),  # when everybody decided
    "moderates": (),  # m
    # 7.5 capability
    "spoiler_strength": (),  # n
    "revenue": (),
    "presence": (),
    # 7.6 ground: in each province the shares sum to 1
    "held_government": ("provinces",),  # g
    "held_contested": ("provinces",),  # c
    "held_insurgent": ("provinces",),  # i
    "spoiler": ("provinces",),  # d
    "pull": ("provinces",),  # log-odds against the government
    "at_stake": (),  # when everybody decided: 1 where ground is evenly divided, 0 where one side holds all
    "insurgent_control": (),
    "spoiler_control": (),
    "territory": (),
    "fear": (),  # of the spoiler, as far as it has spread
    "spillover": (),
    "districts_insurgent": (),
    "districts_government": (),
    "contested": (),
    "territory_before": (),  # in the first month
    # 7.7 the crop
    "potential": ("provinces",),
    "potential_in_all": (),
    "insurgent_area": (),
    "crop_output": (),
    "crop_insurgent_share": (),
    "crop_exported": (),
    "rent": (),
    # 7.8 forums
    "met": ("forums",),
    "live": ("forums",),  # L
    "both": ("forums",),
    "states": ("forums",),  # at the last meeting
    "seat": ("seats",),
    "settlement": (),  # g
    "inclusion": ("mediators",),
    # 7.9 mediation
    "accepts": ("judges",),
    "acceptance": ("mediators",),
    "accepted_before": ("mediators",),
    "mediator_share": ("mediators",),
    "lead": ("mediators",),  # acceptance beyond the other's
    # 7.10 authority and violence
    "violence": (),
    "cohesion": (),
    "recognition": (),
    "legitimacy": (),  # L
    "bypassed": (),
    "authority": (),
    # 7.11 prestige
    "fortune": ("mediators",),  # t
    "prestige": ("mediators",),
    "nothing": (),  # always 0
    "unity": (),  # always 1
}

NUMBERS = (
    *("decide.rationality", "decide.alliance_weight", "decide.beside", "decide.review", "decide.trigger"),
    *("decide.form", "effect.form", "territory.form", "legitimacy.form"),
    *("ties.balance", "mediation.form", "rivalry.form"),
    *("decide.switch", "decide.audience", "decide.inertia", "decide.covert_aversion"),
    *("precedent.pull", "precedent.past_talks"),
    "consensus.attendance",
    *("ties.reversion", "ties.warming", "ties.cooling"),
    *("factions.moderates", "factions.outreach", "factions.strikes"),
    *("capability.effort", "capability.support", "capability.rent", "capability.two_fronts"),
    *("capability.revenue", "capability.troops", "capability.air", "capability.troops_half"),
    *("legitimacy.morale", "legitimacy.defection", "legitimacy.breaking", "legitimacy.sharpness"),
    *("{spoiler}.start", "{spoiler}.growth", "{spoiler}.attrition", "{spoiler}.ground", "{spoiler}.helped_enemies"),
    "{spoiler}.threat_half",
    *("territory.start", "territory.pull", "territory.insurgency", "territory.{plant}", "territory.decisiveness"),
    *("territory.attack", "territory.hold", "territory.shock"),
    *("{crop}.{government}_tolerance", "{crop}.eradication"),
    *("forums.memory", "settlement.progress", "settlement.decay", "settlement.calm"),
    *("mediation.rate", "mediation.base", "mediation.tie", "mediation.leverage"),
    *("mediation.absent", "mediation.without_access", "rivalry.strength"),
    *("authority.fragmentation", "authority.threshold", "authority.cohesion_start"),
    *("authority.split", "authority.sidelined", "authority.aid_share", "authority.tax_loss", "authority.erosion"),
    *("authority.inclusion_relief", "authority.mean", "authority.territory", "answers.troops", "answers.aid"),
    *("violence.air", "violence.{spoiler}", "violence.fragmentation"),
    *("opinion.rate", "prestige.acceptance", "prestige.following", "prestige.progress"),
    *("prestige.{challenger}_start", "prestige.{patron}_start"),
)
"""The parameters that equations ask for, roles in braces; `{spoiler}.growth` is the field `spoiler_growth`."""


def field_of(number: str) -> str:
    """The field that holds a parameter of `NUMBERS`."""
    return number.replace("{", "").replace("}", "").replace(".", "_")


PARAMETERS: Fields = {
    "value": ("values",),  # every number that a run may set, and every constant of the theatre
    **{field_of(number): () for number in NUMBERS},
    # the theatre's own, row by row
    "diplomatic": ("actors",),
    "economic": ("actors",),
    "military": ("actors",),
    "aversion": ("actors",),
    "minds": ("actors",),  # what all saliences of an actor are multiplied by
    "salience": ("interests",),
    "ideal": ("interests",),
    "strength": ("terms",),
    "cost": ("levers",),
    "charge": ("levers",),  # cost and aversion
    "weight": ("entries",),
    "tie_prior": ("ties",),
    "sponsor": ("actors",),  # a number of its own, or its part of what the others leave
    "ground": ("provinces",),  # the spoiler's, relative to its core province
    "event": ("events",),
    # what follows from these alone (parameters.prepare)
    "lean": ("provinces",),
    "outsider": ("actors",),
    "donor": ("actors",),
    "hunter": ("actors",),
    "judge_weight": ("judges",),
    "rivalry": (),
    "cascade": (),
}

WIRING: Fields = {
    # how many there are
    **{f"n_{name}": () for name in ("actors", "levers", "policies", "ties", "forums", "seats", "provinces")},
    **{f"n_{name}": () for name in ("events", "terms", "slots", "stances", "options")},
    # who plays which part: numbers of actors; of the challenger's format
    **dict.fromkeys(("challenger", "patron", "government", "insurgents", "spoiler", "talks", "patron_channel"), ()),
    "mediator": ("mediators",),
    # levers by who uses them on whom
    "fight": ("actors", "actors"),
    "support": ("actors", "actors"),
    "press": ("actors", "actors"),
    "engage_publicly": ("actors",),
    "engage_covertly": ("actors",),
    "eradicate": ("actors",),
    "attend": ("actors", "forums"),
    "convene": ("forums",),
    "invite": ("seats",),  # the convenor's lever
    "owner": ("levers",),
    "policy": ("actors",),  # first of its policies; the next actor's follow
    "open_deal": ("levers",),  # whether it is open dealing with the insurgents
    "averse": ("levers",),  # whether the aversion to the insurgents bears on a lever: 1 in full, 2 covertly
    "at_once": ("levers",),  # whether a lever follows the choice without inertia
    "seen": ("levers",),  # whether others see it move
    "entry": ("levers",),  # first of what bears on a lever; the next lever's follow
    "beside": ("levers",),  # first of these that stands beside the interests
    "entry_place": ("entries",),  # where the state holds what bears on a lever: a gap, a motive or a tie
    "entry_slope": ("entries",),  # where it holds how much there is to gain just now
    "entry_term": ("entries",),  # the term of a rule that it is, from 1; 0 if it is an interest's gap
    "scale": ("entries",),  # how its weight is scaled
    "state": ("levers",),  # first of the states that decide on a seat; the next seat's follow
    # stances and their options
    "stance": ("actors",),  # first of its stances; the next actor's follow
    "decides": ("stances",),  # the actor
    "option": ("stances",),  # first of its options; the next stance's follow
    "promise": ("options",),
    "begins": ("options",),  # 1 if it holds before the first month
    "chair": ("options",),  # the seat without which it means nothing
    "setting": ("options",),  # first of what it sets; the next option's follow
    "sets": ("settings",),  # a lever
    # interests and terms of rules, actor by actor
    "interest": ("actors",),
    "wants_of": ("interests",),  # the actor
    "wanted": ("interests",),  # place of the outcome in the state
    "faction": ("interests",),  # 0 undivided, 1 moderate, 2 hard line
    "rule": ("terms",),
    "decider": ("terms",),
    "other": ("terms",),
    "argument": ("terms", "arguments"),  # what only its rule is given: actors, or places of outcomes
    "drives": ("terms",),  # number of interests through which it works; 0 if it stands beside them
    "drive": ("terms", "drives"),  # these interests
    "drive_way": ("terms",),  # what must be wanted of them: 0 less, 1 more, 2 either
    # ties
    "tie": ("actors", "actors"),
    "tie_from": ("ties",),  # i
    "tie_to": ("ties",),  # j
    "tie_contact": ("ties",),  # who deals with the insurgents across this tie, if it is one with them
    "tie_seat": ("ties",),  # first of the seats of one at a forum of the other; the next tie's follow
    "hosted": ("hosted",),
    "tie_aid": ("ties",),  # levers: j supports i
    "tie_fight": ("sides", "ties"),  # i and j fight each other
    "tie_aid_to_enemy": ("ties",),  # j supports whom i fights, or is fought by
    "tie_enemy_fight": ("sides", "ties"),  # i and that enemy fight each other
    "tie_ban": ("ties",),  # j bans the crop that harms i
    # actors and forums
    "engages": ("actors",),
    "main_sponsor": ("actors",),  # whether a number says what its support is worth
    "states_of": ("actors",),
    "convenor": ("forums",),
    "is_format": ("forums",),
    "seat": ("actors", "forums"),
    "seat_of": ("seats",),
    "seat_at": ("seats",),
    "seat_lever": ("seats",),
    "judge": ("judges",),
    "judge_tie": ("judges",),
    "judge_seat": ("judges",),  # first of its seats at forums of that mediator; the next judge's follow
    "judges": ("ends",),  # first of its judges; the next mediator's follow
    "spoiled": ("provinces",),  # whether the spoiler has ground there at all
    "event_kind": ("events",),
    "event_actor": ("events",),
    "outcome": ("outcomes",),  # place in the state
    # places of the parameters, and which values are added up there
    "slot": ("slots",),
    "slot_sources": ("slots",),  # first of them; the next slot's follow
    "source": ("sources",),
}

GROUND: Fields = {
    "people": ("provinces",),  # share of population
    "districts": ("provinces",),  # share of districts
    "north": ("provinces",),  # share of population if it borders on where the spoiler would spill over
    "crop_suits": ("provinces",),
    "insurgency": ("provinces",),
    "crop_base": ("provinces",),
    "yield_of_crop": (),
    "half_of_crop": (),
    "northern_route": (),
    "level_set": ("settings",),  # intensity that an option gives a lever
    "sign": ("entries",),  # 1 for, -1 against
    "own_effect": ("entries",),  # what the model itself makes of it, in place of what is believed
}
"""Constants, which stand in the wiring as floats."""

CONDITIONS = {
    "foreign_troops": "foreign_troops",
    "aid": "aid_to_{government}",
    "pressure": "pressure_for_talks",
    "weather": "{crop}_weather",
    "inflow": "{spoiler}_inflow",
    "crises": "crises_elsewhere",
    "current": "moderate_current",
}
"""What equations call a circumstance -> what the theatre does, roles in braces."""

CIRCUMSTANCES: Fields = {
    "segment": (),  # which set of dated parameters holds
    **dict.fromkeys(CONDITIONS, ()),  # places among the values
    "n_fixed": (),
    "fixed": ("levers",),  # levers that the scenario holds, and where among the values their levels stand
    "level": ("levers",),
    "invited": ("seats",),
    "open": ("levers",),  # whether it is decided on: seats at formats only if one may meet
    "meeting": ("forums",),  # 0 none, 1 on a date, 2 as the convenor chooses
    "event": ("events",),  # whether it happens
    "after_record": (),  # whether the record has ended
}
KEYS: Fields = {
    **{"review_key": ("stances",), "choice_key": ("stances",), "state_key": ("states",), "province_key": ("provinces",)}
}
"""Keys of the month's draws, which stand in the circumstances."""
