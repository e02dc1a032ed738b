"""Play a journal into a fresh tracker: the same outputs as live, bit for bit, without the video."""

from pathlib import Path

from cart_tracker.journal import ClockAdvanced, FootageEnded, JournalEntry, Restarted, read_journal
from cart_tracker.store_map import StoreMap
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import TrackerOutput


def feed(tracker: StoreTracker, entry: JournalEntry) -> list[TrackerOutput]:
    """Make the call that a journal's entry stands for."""
    match entry:
        case ClockAdvanced():
            return tracker.advance(entry.at_s)
        case FootageEnded():
            return tracker.finish(entry.at_s)
        case Restarted():
            return tracker.restart(entry.at_s)
        case _:
            return tracker.handle(entry)


def replay(journal_path: Path, store_map: StoreMap) -> list[TrackerOutput]:
    """Return all outputs that the journalled calls give, in order.

    Raises:
        JournalError: If the journal cannot be read.
    """
    tracker = StoreTracker(store_map)
    return [output for entry in read_journal(journal_path, store_map) for output in feed(tracker, entry)]
