"""What can go wrong in the tracker.

CartTrackerError
|-- StoreMapError        the description of the store contradicts itself
|-- ObservationError     an observation that cannot be true
|-- JournalError         a journal that cannot be read or written
`-- CalibrationFileError confidence settings that cannot be used
"""


class CartTrackerError(Exception):
    """Base of all errors of this package; the message says what was wrong and what to do."""


class StoreMapError(CartTrackerError):
    """The description of the store contradicts itself."""


class ObservationError(CartTrackerError):
    """An observation has the wrong shape, is not finite, or names something unknown."""


class JournalError(CartTrackerError):
    """A journal cannot be read or written."""


class CalibrationFileError(CartTrackerError):
    """Confidence settings cannot be read."""
