"""Play a journal into a fresh tracker: the same outputs as live, bit for bit, without the video."""

from pathlib import Path

from cart_tracker.journal import ClockAdvanced, FootageEnded, read_journal
from cart_tracker.store_map import StoreMap
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import TrackerOutput


def replay(journal_path: Path, store_map: StoreMap) -> list[TrackerOutput]:
    """Return all outputs that the journalled calls give, in order.

    Raises:
        JournalError: If the journal cannot be read.
    """
    tracker = StoreTracker(store_map)
    outputs: list[TrackerOutput] = []
    for entry in read_journal(journal_path, store_map):
        match entry:
            case ClockAdvanced():
                outputs += tracker.advance(entry.at_s)
            case FootageEnded():
                outputs += tracker.finish(entry.at_s)
            case _:
                outputs += tracker.handle(entry)
    return outputs
