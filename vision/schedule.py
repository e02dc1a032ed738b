"""Several sequences computed on a few threads, merged by time: the same order whatever the threads do.

A lane's items are made one after the other, each by whichever worker is free; so a lane may keep state.
Workers run ahead of the merge by a few items and then wait.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

SAME_TIME_S = 1e-3


class Timed(Protocol):
    """Something that happened at a time."""

    @property
    def at_s(self) -> float:
        """Seconds since the epoch."""


Item = TypeVar("Item", bound=Timed)
Tools = TypeVar("Tools")


@dataclass(slots=True)
class _Lane(Generic[Item, Tools]):
    """One sequence: `made` counts items, `ready` holds those not merged yet, an error is the last of them."""

    make: Callable[[Tools], Item | None]
    ready: deque[Item | Exception] = field(default_factory=deque)
    made: int = 0
    is_busy: bool = False
    has_ended: bool = False


class Schedule(Generic[Item, Tools]):
    """Runs the lanes; iterate over `merged()` once."""

    def __init__(
        self,
        lanes: Sequence[Callable[[Tools], Item | None]],
        make_tools: Callable[[], Tools],
        workers: int,
        ahead: int,
    ) -> None:
        """Prepare.

        Args:
            lanes: Each returns its next item, or None at its end; called by one worker at a time.
            make_tools: Called once in every worker; what it returns is given to the lanes.
            workers: Number of threads.
            ahead: How many unmerged items a lane may have.
        """
        self._lanes: list[_Lane[Item, Tools]] = [_Lane(make) for make in lanes]
        self._make_tools = make_tools
        self._ahead = ahead
        self._is_stopped = False
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"vision-{number}", daemon=True)
            for number in range(workers)
        ]

    def merged(self) -> Iterator[list[Item]]:
        """Yield the items in order of time, those of one time together and in the order of the lanes.

        Raises:
            Exception: What a lane raised, at the time its next item was due.
        """
        for thread in self._threads:
            thread.start()
        try:
            while heads := self._heads():
                first = min(item.at_s for _, item in heads)
                due = [(lane, item) for lane, item in heads if item.at_s - first < SAME_TIME_S]
                with self._changed:
                    for lane, _ in due:
                        lane.ready.popleft()
                    self._changed.notify_all()
                yield [item for _, item in due]
        finally:
            with self._changed:
                self._is_stopped = True
                self._changed.notify_all()
            for thread in self._threads:
                thread.join()

    def _heads(self) -> list[tuple[_Lane[Item, Tools], Item]]:
        """Wait until every lane that goes on has an item, and return these."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._failure or all(lane.ready or lane.has_ended for lane in self._lanes)
            )
            if self._failure:
                raise self._failure
            heads = []
            for lane in self._lanes:
                if lane.ready:
                    item = lane.ready[0]
                    if isinstance(item, Exception):
                        raise item
                    heads.append((lane, item))
            return heads

    def _work(self) -> None:
        try:
            tools = self._make_tools()
        except Exception as error:  # noqa: BLE001  # raised again in the merging thread
            with self._changed:
                self._failure = error
                self._changed.notify_all()
            return
        while lane := self._take():
            outcome: Item | Exception | None
            try:
                outcome = lane.make(tools)
            except Exception as error:  # noqa: BLE001  # raised again in the lane's turn
                outcome = error
            with self._changed:
                lane.is_busy = False
                lane.made += 1
                lane.has_ended = outcome is None or isinstance(outcome, Exception)
                if outcome is not None:
                    lane.ready.append(outcome)
                self._changed.notify_all()

    def _take(self) -> _Lane[Item, Tools] | None:
        """Wait for the lane that is furthest behind and free; None when there is nothing left to do."""
        with self._changed:
            while not self._is_stopped and not all(lane.has_ended for lane in self._lanes):
                free = [
                    lane
                    for lane in self._lanes
                    if not (lane.is_busy or lane.has_ended) and len(lane.ready) < self._ahead
                ]
                if free:
                    lane = min(free, key=lambda lane: lane.made)
                    lane.is_busy = True
                    return lane
                self._changed.wait()
            return None
