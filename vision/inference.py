"""The one place that runs networks: ONNX Runtime or OpenVINO behind a one-method seam.

One session belongs to one worker thread and computes in that thread alone: a second thread inside a
session costs twice the processor time when cores are shared.
"""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from vision.errors import ModelError
from vision.providers import EXECUTION_PROVIDERS, Provider, chosen, has_openvino, unavailable

Float32Array = npt.NDArray[np.float32]

# One thread that sleeps when idle. Pinning would put the first thread of every session on the same core.
_OPENVINO_OPTIONS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}


class Session(Protocol):
    """A network that is ready to run."""

    def run(self, batch: Float32Array) -> Float32Array:
        """Compute the network's first output for one input batch."""


def open_session(path: Path, provider: Provider = Provider.AUTO) -> Session:
    """Load the network of an ONNX file for one worker.

    Raises:
        ModelError: If the provider is not installed, or cannot load the file.
    """
    which = chosen(provider)
    return OpenVinoSession(path) if which is Provider.OPENVINO else OnnxSession(path, which)


class OnnxSession:
    """A network run by ONNX Runtime, on one processor core or on a GPU."""

    def __init__(self, path: Path, provider: Provider = Provider.CPU) -> None:
        """Load the file.

        Raises:
            ModelError: If ONNX Runtime has no such provider, or cannot load the file.
        """
        name = EXECUTION_PROVIDERS[provider]
        if name not in onnxruntime.get_available_providers():
            raise unavailable(provider, "the installed ONNX Runtime was built without it")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=_with_fallback(name))
        except Exception as error:  # the runtime's exceptions share no base class
            raise _not_loaded(path, error) from error
        # Without its libraries a GPU provider is left out with no more than a warning.
        if self._session.get_providers()[0] != name:
            raise unavailable(provider, "its libraries or a GPU are missing")
        self._input = self._session.get_inputs()[0].name
        self._outputs = [self._session.get_outputs()[0].name]

    def run(self, batch: Float32Array) -> Float32Array:
        """Compute the first output for one input batch."""
        output: Float32Array = self._session.run(self._outputs, {self._input: batch})[0]
        return output


class OpenVinoSession:
    """A network run by OpenVINO on one processor core, in bfloat16 where the processor has units for it."""

    def __init__(self, path: Path) -> None:
        """Load and compile the file.

        Raises:
            ModelError: If OpenVINO is not installed, or cannot load the file.
        """
        if not has_openvino():
            raise unavailable(Provider.OPENVINO, "OpenVINO is not installed")
        import openvino

        try:
            compiled = openvino.Core().compile_model(str(path), "CPU", _OPENVINO_OPTIONS)
            self._request: Any = compiled.create_infer_request()
        except Exception as error:  # so are OpenVINO's
            raise _not_loaded(path, error) from error

    def run(self, batch: Float32Array) -> Float32Array:
        """Compute the first output for one input batch."""
        # The request keeps its output buffer for the next batch.
        output: Float32Array = self._request.infer([batch], share_inputs=True, share_outputs=True)[0].copy()
        return output


def _with_fallback(name: str) -> list[str]:
    """Let the processor do what a GPU provider has no code for."""
    cpu = EXECUTION_PROVIDERS[Provider.CPU]
    return [name] if name == cpu else [name, cpu]


def _not_loaded(path: Path, error: Exception) -> ModelError:
    lines = [line for line in str(error).splitlines() if line and not line.startswith("Exception from")]
    reason = lines[0] if lines else type(error).__name__
    return ModelError(f"{path} cannot be loaded ({reason}); run 'walkout export' to write it anew")
