"""The one place that runs networks: ONNX Runtime behind a one-method seam.

One session belongs to one worker thread and computes in that thread alone: a second thread inside a
session costs twice the processor time when cores are shared.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from vision.errors import ModelError

Float32Array = npt.NDArray[np.float32]


class Session(Protocol):
    """A network that is ready to run."""

    def run(self, batch: Float32Array) -> Float32Array:
        """Compute the network's first output for one input batch."""


class OnnxSession:
    """A network in an ONNX file, on one processor core."""

    def __init__(self, path: Path) -> None:
        """Load the file.

        Raises:
            ModelError: If ONNX Runtime cannot load it.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's exceptions share no base class
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"{path} cannot be loaded ({reason}); run 'walkout export' to write it anew"
            ) from error
        self._input = self._session.get_inputs()[0].name
        self._outputs = [self._session.get_outputs()[0].name]

    def run(self, batch: Float32Array) -> Float32Array:
        """Compute the first output for one input batch."""
        output: Float32Array = self._session.run(self._outputs, {self._input: batch})[0]
        return output
