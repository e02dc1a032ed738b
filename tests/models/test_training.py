"""Training itself, on made-up pictures; skipped where the `train` extra is not installed."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.errors import TrainingDataError, TrainingToolsMissingError
from models.train import CHECKPOINT, train_pose, train_products, train_slots, train_wrists
from models.training_plan import TrainingPlan
from models.ultralytics_session import prepare

KEYPOINT_COUNT = 11


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        prepare(tmp_path_factory.mktemp("settings"))
    except TrainingToolsMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixteen pictures with a bright person on noise, and crops of two colours."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 4)):
        images, labels = tmp_path / "set" / "images" / split, tmp_path / "set" / "labels" / split
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for number in range(count):
            picture = rng.integers(0, 80, (240, 320, 3), dtype=np.uint8)
            x, y = rng.uniform(0.3, 0.7, 2)
            cv2.rectangle(
                picture,
                (int(x * 320) - 30, int(y * 240) - 60),
                (int(x * 320) + 30, int(y * 240) + 60),
                (220, 200, 240),
                -1,
            )
            cv2.imwrite(str(images / f"{number}.jpg"), picture)
            joints = " ".join([f"{x:.4f} {y:.4f} 2"] * KEYPOINT_COUNT)
            (labels / f"{number}.txt").write_text(
                f"0 {x:.4f} {y:.4f} 0.1875 0.5 {joints}\n", encoding="utf-8"
            )
        for held, colour in (("empty", (20, 20, 20)), ("milk", (30, 200, 230))):
            crops = tmp_path / "set" / "hands" / split / held
            crops.mkdir(parents=True)
            for number in range(count):
                noise = rng.integers(0, 25, (96, 96, 3), dtype=np.uint8)
                units = 0 if held == "empty" else 1
                cv2.imwrite(str(crops / f"{number}-x{units}.jpg"), noise + np.array(colour, np.uint8))
    portraits = tmp_path / "set/portraits/train/milk"
    portraits.mkdir(parents=True)
    cv2.imwrite(str(portraits / "0.png"), np.full((96, 96, 4), 200, np.uint8))
    return tmp_path / "set"


@pytest.mark.usefixtures("tools")
@pytest.mark.filterwarnings("ignore")  # ultralytics and torch warn about each other
@pytest.mark.parametrize("network", ["pose", "products"])
def test_a_trained_network_is_exported_with_a_card_that_fits_it(
    folder: Path, tmp_path: Path, network: str
) -> None:
    import onnxruntime

    from models.export import export
    from models.zoo import load

    train = train_pose if network == "pose" else train_products
    record = train(folder, tmp_path / "run", TrainingPlan(epochs=1, device="cpu", batch=4))

    export(tmp_path / "run", "made-up", folder=tmp_path / "zoo")

    model = load("made-up", tmp_path / "zoo")
    session = onnxruntime.InferenceSession(str(model.path))
    size = model.card.input
    output = session.run(None, {"images": np.zeros((1, 3, size.height, size.width), np.float32)})[0]
    rows = 4 + 1 + 3 * KEYPOINT_COUNT if network == "pose" else 128 + 4
    assert output.shape[:2] == (1, rows)
    assert model.card.trained_on == record.trained_on
    assert str(tmp_path).encode() not in model.path.read_bytes()
    with pytest.raises(TrainingDataError, match="holds a finished training run"):
        train(folder, tmp_path / "run", TrainingPlan(epochs=1))


@pytest.mark.usefixtures("tools")
@pytest.mark.filterwarnings("ignore")
def test_training_starts_from_another_run_and_tells_of_both(folder: Path, tmp_path: Path) -> None:
    import torch

    from models.pose_trainer import _loaded

    first = train_pose(folder, tmp_path / "first", TrainingPlan(epochs=1, device="cpu", batch=4))

    plan = TrainingPlan(epochs=2, device="cpu", batch=4, start=tmp_path / "first", start_share=0.25)
    second = train_pose(folder, tmp_path / "second", plan)

    assert second.trained_on.epochs == 3
    assert second.trained_on.command.startswith(first.trained_on.command + "; ")
    before, after, mean = (
        _loaded(path)[1].state_dict()["model.0.conv.weight"]
        for path in (
            tmp_path / "first" / first.checkpoint,
            tmp_path / "second" / CHECKPOINT,
            tmp_path / "second" / second.checkpoint,
        )
    )
    assert torch.allclose(mean, 0.25 * before + 0.75 * after, atol=1e-3)
    with pytest.raises(TrainingDataError, match="holds no finished training run"):
        train_pose(folder, tmp_path / "third", TrainingPlan(epochs=1, start=tmp_path / "nowhere"))


@pytest.mark.usefixtures("tools")
def test_a_joint_missed_by_far_costs_more_than_similarity_can_tell() -> None:
    import torch
    from torch import nn

    from models.pose_trainer import JointLoss
    from models.training_data import KEYPOINTS

    class NoSimilarity(nn.Module):
        def forward(self, *_: torch.Tensor) -> torch.Tensor:
            return torch.zeros(())

    def loss(name: str, off_px: float, *, seen: bool = True) -> float:
        true = torch.zeros(1, len(KEYPOINTS), 3)
        true[..., 2] = 2.0 if seen else 1.0
        found = true.clone()
        found[0, KEYPOINTS.index(name), 0] = off_px
        labelled = torch.ones(1, len(KEYPOINTS), dtype=torch.bool)
        return float(JointLoss(NoSimilarity())(found, true, labelled, torch.full((1, 1), 2500.0)))

    assert loss("left_wrist", 20.0) == pytest.approx(2 * loss("left_wrist", 10.0))
    assert loss("left_wrist", 10.0) == pytest.approx(2 * loss("left_hip", 10.0))
    assert loss("left_wrist", 0.0) == 0.0


@pytest.mark.usefixtures("tools")
@pytest.mark.filterwarnings("ignore")
def test_the_slot_network_learns_what_left_and_what_came(tmp_path: Path) -> None:
    from models.export import export
    from models.slot_samples import read_slot_samples
    from models.zoo import load
    from vision.inference import OnnxSession
    from vision.slot_evidence import SlotReader, check_slot_card

    make_samples(tmp_path / "set/slots/train-1", 400, seed=1)
    make_samples(tmp_path / "set/slots/val-2", 40, seed=2)
    plan = TrainingPlan(epochs=6, device="cpu", batch=32)
    train_slots(tmp_path / "set", tmp_path / "run", plan)
    export(tmp_path / "run", "made-up", folder=tmp_path / "zoo", calibrator=lambda _: (1.0, 0.0, 0.0))

    model = load("made-up", tmp_path / "zoo")
    check_slot_card(model.card)
    unseen = read_slot_samples(tmp_path / "set", "val")
    told = SlotReader(OnnxSession(model.path)).read(list(unseen.picture))
    moved = np.flatnonzero(unseen.is_moved)
    right = [(told[row].taken > told[row].came) == (unseen.kind[row] == 2) for row in moved]
    assert np.mean(right) > 0.9


@pytest.mark.usefixtures("tools")
@pytest.mark.filterwarnings("ignore")
def test_the_wrist_network_starts_from_a_shopper_network_and_is_exported(
    folder: Path, tmp_path: Path
) -> None:
    from models.export import export
    from models.zoo import load
    from vision.inference import OnnxSession
    from vision.types import Detections, people_found
    from vision.wrist_finder import WristFinder, check_wrist_card

    def find(image: npt.NDArray[np.uint8]) -> Detections:
        rows, columns = np.nonzero(image[..., 0] > 150)
        box = np.array([[columns.min(), rows.min(), columns.max(), rows.max()]], float)
        return people_found(box, np.ones(1), np.zeros((1, KEYPOINT_COUNT, 3)))

    train_pose(folder, tmp_path / "pose", TrainingPlan(epochs=1, device="cpu", batch=4))
    plan = TrainingPlan(epochs=1, batch=4, start=tmp_path / "pose")
    record = train_wrists(folder, tmp_path / "run", plan, find)
    export(tmp_path / "run", "made-up", folder=tmp_path / "zoo")

    model = load("made-up", tmp_path / "zoo")
    check_wrist_card(model.card)
    assert model.card.start_weights is not None
    assert record.trained_on.epochs == 2
    frame = np.asarray(cv2.imread(str(next((folder / "images/val").iterdir()))), np.uint8)
    people = find(frame)
    found = WristFinder(OnnxSession(model.path)).find(frame, people, np.ones(1, np.bool_))
    assert np.isfinite(found.wrist_sigma_px).all()
    with pytest.raises(TrainingDataError, match="name a finished run"):
        train_wrists(folder, tmp_path / "other", TrainingPlan(epochs=1), find)
    with pytest.raises(TrainingDataError, match="no run of the shopper network"):
        train_wrists(folder, tmp_path / "other", TrainingPlan(epochs=1, start=tmp_path / "run"), find)


def make_samples(folder: Path, count: int, seed: int) -> None:
    """A bright unit that leaves a dark shelf or comes to it; a few that turn or only flicker."""
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % 4
    picture = np.full((count, 10, 48, 64), 60, np.uint8)
    picture[:, 7:9], picture[:, 9] = 255, 0
    for row, what in enumerate(kind):
        place = (slice(16, 32), slice(26, 38))
        picture[row, 9][place] = 255
        shows = {0: (0, 0), 1: (200, 120), 2: (200, 60), 3: (60, 200)}[int(what)]
        for first, level in zip((0, 3), shows, strict=True):
            picture[row, first : first + 3, *place] = level + rng.integers(0, 20, (3, 16, 12))
    folder.mkdir(parents=True)
    units = np.select([kind == 2, kind == 3], [-1, 1], 0).astype(np.int8)
    np.savez(folder / "slots.npz", picture=picture, net_units=units, is_shift=kind == 1)


@pytest.mark.usefixtures("tools")
@pytest.mark.filterwarnings("ignore")
def test_unfolded_start_weights_compute_what_the_folded_ones_did(folder: Path) -> None:
    import torch

    from models import start_weights

    source = start_weights.nudenet_file()
    pictures = sorted((folder / "images" / "train").glob("*.jpg"))
    batch = torch.stack([start_weights._fitted(path, 320) for path in pictures])
    folded = start_weights._folded_model(source)
    unfolded = start_weights._folded_model(source)

    unfolded.load_state_dict(start_weights.start_state(source, pictures, 320))

    with torch.no_grad():
        before, after = folded(batch)[0], unfolded.eval()(batch)[0]
    assert torch.allclose(before, after, atol=0.05)  # boxes in pixels; float32 through 60 layers
