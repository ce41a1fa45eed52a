"""Gives work to a crew and takes back what it did, whatever dies on the way.

Work is handed out in pieces: at first whole parts. When workers die, the pieces that were in flight are handed out
again. A piece that was in flight at `TRIES` deaths is run by itself; if its worker dies again, it is halved, until
the point that kills stands alone. That point is recorded as failed, and the rest goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, field, replace

from influence_sim.base.errors import MachineError
from influence_sim.runs.sweeps.crew import Crew
from influence_sim.runs.sweeps.recipe import Part
from influence_sim.runs.sweeps.work import Computed, Floats, compute, joined, lost, own_versions, unpack

Work = Callable[[bytes, int, Floats], Computed]

TRIES = 3
"""Deaths of workers after which a piece is looked at by itself."""
DEADLY = 20
"""Points that may kill their workers before the machine is blamed instead."""
LOOK = 5.0
"""Seconds without a result after which the crew is looked at."""
DIED = "the worker process died"
_KILLED = "KilledWorker"
"""What Dask calls a task that was in flight at several deaths."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some points of a part that are computed together.

    Attributes:
        part: the part.
        start: the first point.
        stop: the point after the last.
        deaths: of workers while it was in flight.
    """

    part: Part
    start: int
    stop: int
    deaths: int = 0

    @property
    def size(self) -> int:
        """How many points."""
        return self.stop - self.start

    def halves(self) -> tuple[Piece, Piece]:
        """Its two halves, as suspicious as itself."""
        middle = (self.start + self.stop) // 2
        return replace(self, stop=middle), replace(self, start=middle)


@dataclass(slots=True)
class Dispatch:
    """The handing out of work.

    Attributes:
        crew: who does it.
        packed: the recipe.
        design: values of the factors, shape (points, factors).
        work: what is done with a piece.
        waiting: pieces to be handed out again.
        suspects: pieces to be run alone.
        flying: pieces that are being computed.
        kept: what is there of parts that are not complete.
        deadly: how many points killed their workers.
    """

    crew: Crew
    packed: bytes
    design: Floats
    work: Work = compute
    waiting: deque[Piece] = field(default_factory=deque)
    suspects: deque[Piece] = field(default_factory=deque)
    flying: dict[Future[Computed], Piece] = field(default_factory=dict)
    kept: dict[Part, list[tuple[Piece, Computed]]] = field(default_factory=dict)
    deadly: int = 0

    def run(self, parts: Iterable[Part]) -> Generator[tuple[Part, Computed]]:
        """Computes some parts.

        Yields:
            Each part with what became of it, in the order in which they end.

        Raises:
            MachineError: workers cannot be replaced, do not answer, or run another version.
            MemoryError: there is too little for a task.
        """
        fresh = (Piece(part, part.start, part.stop) for part in parts)
        try:
            while self._fill(fresh):
                done, _ = wait(self.flying, LOOK, FIRST_COMPLETED)
                if not done:
                    self.crew.look()
                self._collect()
                yield from self._complete()
        finally:
            for future in self.flying:
                future.cancel()

    def _fill(self, fresh: Iterator[Piece]) -> bool:
        """Hands out as much as may be in flight; whether anything is."""
        while len(self.flying) < self.crew.window:
            piece = self._next(fresh)
            if piece is None:
                break
            self.flying[self._submitted(piece)] = piece
        return bool(self.flying)

    def _next(self, fresh: Iterator[Piece]) -> Piece | None:
        """What to hand out now; nothing while a suspect is alone, or is to be."""
        if self.suspects:
            return None if self.flying else self.suspects.popleft()
        if any(piece.deaths >= TRIES for piece in self.flying.values()):
            return None
        return self.waiting.popleft() if self.waiting else next(fresh, None)

    def _submitted(self, piece: Piece) -> Future[Computed]:
        try:
            return self.crew.submit(self.work, self.packed, piece.start, self.design[piece.start : piece.stop])
        except BrokenExecutor as error:  # it broke before it was given this
            future: Future[Computed] = Future()
            future.set_exception(error)
            return future

    def _collect(self) -> None:
        """Takes what is done; if the pool broke, all that was in flight."""
        dead, broken = self._take()
        if broken:
            wait(self.flying, LOOK)
            more, _ = self._take()
            self.crew.renew()
            dead += [*more, *self.flying.values()]  # a piece handed out while the pool broke is never told of
            self.flying.clear()
        alone = len(dead) == 1 and not self.flying
        for piece in reversed(dead):
            self._suspect(piece, alone=alone)

    def _take(self) -> tuple[list[Piece], bool]:
        """Keeps results; returns the pieces whose workers died, and whether that broke the pool."""
        dead, broken = [], False
        for future in [future for future in self.flying if future.done()]:
            piece = self.flying.pop(future)
            error = _failure(future)
            if error is None:
                self._keep(piece, future.result())
                continue
            broken = broken or isinstance(error, BrokenExecutor)
            # Dask has tried several times before it says so
            dead.append(piece if broken else replace(piece, deaths=TRIES))
        return dead, broken

    def _suspect(self, piece: Piece, *, alone: bool) -> None:
        piece = replace(piece, deaths=piece.deaths + 1)
        if piece.deaths < TRIES:
            self.waiting.appendleft(piece)
        elif not alone:
            self.suspects.appendleft(piece)
        elif piece.size > 1:
            self.suspects.extendleft(reversed(piece.halves()))
        else:
            self._quarantine(piece)

    def _quarantine(self, piece: Piece) -> None:
        self.deadly += 1
        if self.deadly > DEADLY:
            raise MachineError(f"more than {DEADLY} points ended their workers; is there enough memory?")
        points = self.design[piece.start : piece.stop]
        self._keep(piece, lost(unpack(self.packed), piece.start, points, DIED))

    def _keep(self, piece: Piece, result: Computed) -> None:
        if result.versions is not None:
            require_same(result.versions, "a worker")
        self.kept.setdefault(piece.part, []).append((piece, result))

    def _complete(self) -> Iterator[tuple[Part, Computed]]:
        """The parts of which every piece is there."""
        for part in [part for part, found in self.kept.items() if sum(p.size for p, _ in found) == part.size]:
            found = sorted(self.kept.pop(part), key=lambda pair: pair[0].start)
            yield part, joined([result for _, result in found], None)


def require_same(theirs: Mapping[str, str], who: str) -> None:
    """Refuses workers that would give other numbers.

    Raises:
        MachineError: a version differs; says which.
    """
    for name, mine in own_versions().items():
        found = theirs.get(name, "unknown")
        if found != mine:
            raise MachineError(f"{who} has {name} {found}, this process {mine}; install the same on both")


def in_a_line(error: BaseException) -> str:
    """What happened, however many lines it says it in."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _failure(future: Future[Computed]) -> BaseException | None:
    """The death of a worker, or None.

    Raises:
        MachineError: something else went wrong outside the points.
        MemoryError: there was too little.
    """
    try:
        error = future.exception()
    except CancelledError as cancelled:
        raise MachineError(
            "the executor has given up work that it had taken; is its scheduler still running?"
        ) from cancelled
    if error is None or isinstance(error, BrokenExecutor) or type(error).__name__ == _KILLED:
        return error
    if isinstance(error, MemoryError):
        raise error
    raise MachineError(f"a worker failed ({in_a_line(error)})") from error
