from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from models.card import InputSize, ModelCard, Score, Scores, TrainedOn, write_card
from models.export_int8 import export_int8
from models.zoo import file_sha256, load

onnx = pytest.importorskip("onnx", reason="the train extra is not installed")

SCORES = Scores(
    data="none", images=1, command="walkout score x D", figures=(Score(metric="m", value=1.0, count=1),)
)


def three_convolutions(path: Path) -> None:
    """Two that can be quantised and a last one whose output is in pixels."""
    rng = np.random.default_rng(0)
    nodes, constants, source = [], [], "images"
    for number in range(3):
        weights = rng.normal(0, 0.3, (8, 3 if number == 0 else 8, 3, 3)).astype(np.float32)
        constants.append(onnx.numpy_helper.from_array(weights, f"w{number}"))
        out = f"c{number}"
        nodes.append(onnx.helper.make_node("Conv", [source, f"w{number}"], [out], f"conv{number}"))
        if number < 2:
            nodes.append(onnx.helper.make_node("Relu", [out], [f"r{number}"], f"relu{number}"))
            out = f"r{number}"
        source = out
    constants.append(onnx.numpy_helper.from_array(np.float32(32), "stride"))
    nodes.append(onnx.helper.make_node("Mul", [source, "stride"], ["output0"], "to_pixels"))
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "net",
        [value("images", onnx.TensorProto.FLOAT, (1, 3, 32, 32))],
        [value("output0", onnx.TensorProto.FLOAT, (1, 8, 26, 26))],
        constants,
    )
    opsets = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


@pytest.mark.filterwarnings("ignore")
def test_a_network_is_written_again_in_integers_but_for_its_end(tmp_path, monkeypatch) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "cards").mkdir()
    three_convolutions(tmp_path / "weights" / "net.onnx")
    card = ModelCard(
        name="net",
        task="detect",
        file="net.onnx",
        sha256=file_sha256(tmp_path / "weights" / "net.onnx"),
        licence="AGPL-3.0-only",
        classes=("person",),
        input=InputSize(width=32, height=32),
        trained_on=TrainedOn(
            description="nothing", images=1, epochs=1, training_seed=0, device="cpu", command="none"
        ),
    )
    write_card(card, tmp_path / "cards" / "net.toml")
    batches = [np.random.default_rng(seed).random((1, 3, 32, 32), dtype=np.float32) for seed in range(4)]

    written = export_int8("net", batches, lambda model: SCORES, tmp_path)

    model = load("net-int8", tmp_path)
    assert (written.name, written.scores) == ("net-int8", SCORES)
    graph = onnx.load(model.path).graph
    by_name = {node.name: node for node in graph.node}
    floats = {one.name for one in graph.initializer if one.data_type == onnx.TensorProto.FLOAT}
    assert [by_name[f"conv{number}"].input[1] in floats for number in range(3)] == [False, False, True]
    outputs = [
        onnxruntime.InferenceSession(str(path)).run(None, {"images": batches[0]})[0]
        for path in (tmp_path / "weights" / "net.onnx", model.path)
    ]
    assert np.abs(outputs[1] - outputs[0]).max() < 0.05 * np.abs(outputs[0]).max()
