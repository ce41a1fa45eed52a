"""7.8 Forums: when they meet, who sits, how long they stay alive, and what talks at one table achieve.

Claims: C10, C13 (exclusion), C11, C12, C14, C41 to C46, C48 (formats), C42 (both sides at one table), C54 (channels).
"""

from __future__ import annotations

from influence_sim.model.arithmetic import clip
from influence_sim.model.compiling import equation
from influence_sim.model.fields import MEDIATORS
from influence_sim.model.lanes import anywhere
from influence_sim.model.records import Circumstances, Parameters, State, Wiring

ON_A_DATE, BY_CHOICE = 1, 2
"""How a format may meet in a month."""


@equation
def meet(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """Formats meet on dates or by their convenor's choice; guests take seats and keep them until the next meeting."""
    for f in range(w.n_forums):
        if w.is_format[f]:
            s.met[f] = 1.0 if q.meeting[f] == ON_A_DATE else s.x[w.convene[f]] if q.meeting[f] == BY_CHOICE else 0.0
    for n in range(w.n_seats):
        lever, f = w.seat_lever[n], w.seat_at[n]
        if w.is_format[f] and lever >= w.n_policies:
            s.x[lever] += s.met[f] * (s.choice[lever] * q.invited[n] - s.x[lever])
    for n in range(q.n_fixed):
        s.x[q.fixed[n]] = p.value[q.level[n]]


@equation
def sit(s: State, p: Parameters, w: Wiring, q: Circumstances) -> None:
    """L, seats, and how far both sides sit at each forum; a convenor sits at its own."""
    for f in range(w.n_forums):
        host = w.convenor[f]
        if w.is_format[f]:
            s.live[f] = max(p.forums_memory * s.live[f], s.met[f])
        else:  # a channel is open as far as its convenor engages, and is not engaging at the challenger's talks instead
            away = 0.0 if host == w.government else s.x[w.attend[host, w.talks]]
            s.live[f] = s.contact[host] * (1.0 - away)
    for n in range(w.n_seats):
        s.seat[n] = s.live[w.seat_at[n]] * s.x[w.seat_lever[n]] * asked(s, w, q, n)
    for f in range(w.n_forums):
        s.both[f] = min(chair(s, w, w.government, f), chair(s, w, w.insurgents, f))


@equation
def asked(s: State, w: Wiring, q: Circumstances, seat: int) -> float:
    """How far the holder of a seat is invited: by the record or the scenario, and by the convenor where it chooses."""
    chosen = s.x[w.invite[seat]] if w.invite[seat] < w.n_levers else s.unity
    return chosen * q.invited[seat]


@equation
def chair(s: State, w: Wiring, side: int, f: int) -> float:
    """A side's seat at a forum; at its own, how alive that is."""
    return s.live[f] if w.convenor[f] == side else s.seat[w.seat[side, f]]


@equation
def settle(s: State, p: Parameters, w: Wiring) -> None:
    """s: progress as far as both sides sit at some live table and moderates are strong; violence undoes it (C42)."""
    apart = 1.0
    for f in range(w.n_forums):
        apart *= 1.0 - s.both[f]
    before = s.settlement
    gain = p.settlement_progress * (1.0 - apart) * (0.5 + s.moderates) * (1.0 - before)
    s.settlement = clip(before + gain - p.settlement_decay * before * s.violence)


@equation
def count(s: State, w: Wiring) -> None:
    """How many states the last meeting of each format had, with its convenor's; how far mediators are included."""
    for f in range(w.n_forums):
        if anywhere(s.met[f] > 0.0):
            guests = 0.0
            for n in range(w.n_seats):
                if w.seat_at[n] == f:
                    guests += w.states_of[w.seat_of[n]] * s.x[w.seat_lever[n]]
            s.states[f] += s.met[f] * (1.0 + guests - s.states[f])
    for k in range(MEDIATORS):
        s.inclusion[k] = 1.0 - exclusion(s, w, w.mediator[k])


@equation
def exclusion(s: State, w: Wiring, i: int) -> float:
    """E_i: how alive the liveliest open table without actor i is, a format or a channel in the open (C10, C13)."""
    most = 0.0
    for f in range(w.n_forums):
        if w.convenor[f] != i:
            if w.is_format[f]:
                most = max(most, s.live[f] * (1.0 - s.x[w.attend[i, f]]))
            else:
                most = max(most, s.live[f] * s.line[w.convenor[f]] * (1.0 - s.seat[w.seat[i, f]]))
    return most
