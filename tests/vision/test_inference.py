import sys

import cv2
import numpy as np
import pytest

from models import zoo
from vision import inference
from vision.detector import PoseDetector, check_pose_card
from vision.errors import ModelError
from vision.inference import OnnxSession, open_session
from vision.pipeline import SHOPPER_MODEL
from vision.providers import Provider, chosen
from walkout.cli import DEMO_RECORDING


def without_openvino(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr("vision.providers.importlib.util.find_spec", lambda name: None)


def test_openvino_finds_the_people_that_onnx_runtime_finds():
    pytest.importorskip("openvino", reason="the openvino extra is not installed")
    model = zoo.load(SHOPPER_MODEL)
    capture = cv2.VideoCapture(str(DEMO_RECORDING / "cam1.mp4"))
    capture.set(cv2.CAP_PROP_POS_FRAMES, 300)
    picture = capture.read()[1]

    cpu, openvino = (
        PoseDetector(open_session(model.path, provider), check_pose_card(model)).detect(picture)
        for provider in (Provider.CPU, Provider.OPENVINO)
    )

    sure = cpu.score > 0.5
    assert sure.sum() >= 1
    # bfloat16 keeps 8 bits of a number: measured on the demo, boxes move by up to 2 of 640 pixels.
    assert np.abs(openvino.xyxy[: sure.sum()] - cpu.xyxy[sure]).max() < 4
    assert np.abs(openvino.score[: sure.sum()] - cpu.score[sure]).max() < 0.05


def test_auto_is_openvino_where_it_is_installed_and_else_the_processor(monkeypatch):
    without_openvino(monkeypatch)

    assert chosen(Provider.AUTO) is Provider.CPU
    assert chosen(Provider.CUDA) is Provider.CUDA


@pytest.mark.parametrize("provider", [Provider.CUDA, Provider.TENSORRT, Provider.OPENVINO])
def test_a_provider_that_is_not_installed_says_which_wheel_to_install(monkeypatch, provider, tmp_path):
    without_openvino(monkeypatch)
    monkeypatch.setattr(inference.onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])

    with pytest.raises(ModelError, match=r"provider '.*' of \[vision\] .* install it with: .venv/bin/pip"):
        open_session(tmp_path / "any.onnx", provider)


def test_a_gpu_provider_whose_libraries_are_missing_is_refused_and_not_replaced_in_silence(monkeypatch):
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(inference.onnxruntime, "get_available_providers", lambda: both)
    # As ONNX Runtime does it: the provider is left out, and the processor takes over.
    session = inference.onnxruntime.InferenceSession
    monkeypatch.setattr(
        inference.onnxruntime,
        "InferenceSession",
        lambda path, options, providers: session(path, options, providers=providers[-1:]),
    )

    with pytest.raises(ModelError, match="its libraries or a GPU are missing"):
        OnnxSession(zoo.load(SHOPPER_MODEL).path, Provider.CUDA)


def test_a_broken_file_is_told_in_one_line_by_either_runtime(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"not a network")
    for provider in (Provider.CPU, Provider.AUTO):
        with pytest.raises(ModelError, match="cannot be loaded") as caught:
            open_session(tmp_path / "broken.onnx", provider)
        assert "\n" not in str(caught.value)
