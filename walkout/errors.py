"""What can go wrong when the parts are put together.

WalkoutError
|-- DeviceKeyError   the keys by which the checkout API knows this computer are not set
|-- EvaluationError  recordings that cannot be evaluated together, or not from journals
|-- GateLogError     the gate's log of a recording cannot be read
`-- OutputError      a result cannot be written where it was asked for
"""


class WalkoutError(Exception):
    """Base of all errors of this package; the message says what was wrong and what to do."""


class DeviceKeyError(WalkoutError):
    """The keys by which the checkout API knows this computer are not set."""


class EvaluationError(WalkoutError):
    """These recordings cannot be evaluated together, or not from journals."""


class GateLogError(WalkoutError):
    """The gate's log of a recording cannot be read."""


class OutputError(WalkoutError):
    """A result cannot be written where it was asked for."""
