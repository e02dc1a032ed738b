"""What can go wrong in vision.

VisionError
|-- SettingsError        store.toml is missing, malformed or contradicts itself
|-- CalibrationError     a camera's calibration is missing or malformed
|-- SourceError          a video or stream cannot be opened, is empty, truncated or of the wrong size
|-- EnrolmentError       a picture of a product, or a product, cannot be enrolled
`-- ModelError           weights that do not fit what this code expects of them
"""


class VisionError(Exception):
    """Base of all errors of this package; the message says what was wrong and what to do."""


class SettingsError(VisionError):
    """`store.toml` is missing, malformed or contradicts itself."""


class CalibrationError(VisionError):
    """A camera's calibration is missing or malformed."""


class SourceError(VisionError):
    """A video or stream cannot be opened, is empty, truncated, or has frames of the wrong size."""


class EnrolmentError(VisionError):
    """A picture of a product, or a product, cannot be enrolled."""


class ModelError(VisionError):
    """Weights that do not fit what this code expects of them."""
