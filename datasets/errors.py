"""What can go wrong with datasets.

DatasetError
|-- RecordingError       a recording folder is damaged, or something is missing from it
|-- ScenarioError        no such scenario, or none of its scripts fits this seed
|-- OutputError          a folder to write to is in the way
|-- EngineError          what shall render cannot be reached
`-- YardstickError       no network to measure realism with
"""


class DatasetError(Exception):
    """Base of all errors of this package; the message says what was wrong and what to do."""


class RecordingError(DatasetError):
    """A recording folder is damaged, or something is missing from it."""


class ScenarioError(DatasetError):
    """No such scenario, or none of its scripts fits this seed."""


class OutputError(DatasetError):
    """A folder to write to is in the way."""


class EngineError(DatasetError):
    """What shall render cannot be reached."""


class YardstickError(DatasetError):
    """No network to measure realism with."""
