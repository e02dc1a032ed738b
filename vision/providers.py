"""What can compute the networks, and what has to be installed for it."""

import importlib.util
from enum import StrEnum

from vision.errors import ModelError


class Provider(StrEnum):
    """The `provider` of `[vision]` in store.toml."""

    AUTO = "auto"  # OpenVINO where it is installed, else the processor
    CPU = "cpu"
    OPENVINO = "openvino"
    CUDA = "cuda"
    TENSORRT = "tensorrt"


# What ONNX Runtime calls them.
EXECUTION_PROVIDERS = {
    Provider.CPU: "CPUExecutionProvider",
    Provider.CUDA: "CUDAExecutionProvider",
    Provider.TENSORRT: "TensorrtExecutionProvider",
}
# The GPU build of ONNX Runtime has the import name of the other one and cannot stand beside it.
_GPU_WHEEL = ".venv/bin/pip uninstall onnxruntime, then .venv/bin/pip install 'onnxruntime-gpu[cuda,cudnn]'"
_WHEELS = {
    Provider.OPENVINO: ".venv/bin/pip install -e '.[openvino]'",
    Provider.CUDA: _GPU_WHEEL,
    Provider.TENSORRT: f"{_GPU_WHEEL}, then .venv/bin/pip install tensorrt",
}


def chosen(provider: Provider) -> Provider:
    """Resolve `auto`: OpenVINO where it is installed, else the processor.

    On processors with bfloat16 units OpenVINO takes half the time or less for the same file and finds the
    same people; on older ones both take the same time (docs/speed.md).
    """
    if provider is not Provider.AUTO:
        return provider
    return Provider.OPENVINO if has_openvino() else Provider.CPU


def has_openvino() -> bool:
    """Whether the `openvino` extra is installed."""
    return importlib.util.find_spec("openvino") is not None


def unavailable(provider: Provider, reason: str) -> ModelError:
    """Say that a provider cannot be used, and how to get it."""
    return ModelError(
        f"provider {str(provider)!r} of [vision] in store.toml cannot be used: {reason};"
        f' install it with: {_WHEELS[provider]}; or set provider = "cpu"'
    )
