"""`walkout explain`: why a receipt says what it says, line by line, with pictures where there is video."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

from cart_tracker.explain import ExplainedMove, Explanation, explain
from cart_tracker.observations import VisitId
from cart_tracker.visits import Decision
from vision.privacy import FaceHider, open_face_hider
from vision.settings import CameraSettings, StoreSettings, read_settings
from vision.types import Image
from walkout.clips import best_cameras
from walkout.errors import OutputError
from walkout.figure_rows import money, percent
from walkout.folders import result_folder
from walkout.store import confidence_of

DECISIONS = {Decision.CHARGE: "charged", Decision.REVIEW: "left to a person", Decision.DROP: "forgotten"}
PICTURE_AFTER_S = (-0.6, 0.0, 0.6)  # the hand comes, is there, and goes


def run_explain(store: Path, journal: Path, visit: str, out: Path, console: Console) -> Explanation:
    """Explain one closed visit of a journal and write pictures of its moves into `out`.

    Raises:
        WalkoutError, VisionError, CartTrackerError: If the store or journal is damaged, the visit unknown, or
            `out` cannot be written.
    """
    settings = read_settings(store)
    explanation = explain(journal, settings.store_map, VisitId(visit), confidence_of(settings))
    folder = result_folder(out)
    faces = open_face_hider(settings.vision.shopper_model, settings.vision.provider)
    pictures = {
        index: _pictures(folder, index, move, settings, faces)
        for index, move in enumerate(explanation.moves)
        if move.product_id is not None
    }
    for line in in_words(explanation, settings):
        console.print(line, highlight=False)
    written = sum(len(paths) for paths in pictures.values())
    if written:
        console.print(f"  {written} pictures in {folder}", highlight=False)
    return explanation


def in_words(explanation: Explanation, settings: StoreSettings) -> list[str]:
    """Say an explanation, one line of text per line of the receipt, move and alternative."""
    visit, store_map = explanation.visit, settings.store_map
    told = [
        f"[bold]{visit.visit_id}[/]: {_clock(visit.entered_s)} to {_clock(visit.left_s)},"
        f" basket {percent(visit.confidence)} sure" + (f"; {visit.reason}" if visit.reason else "")
    ]
    for line in visit.lines:
        product = store_map.product(line.product_id)
        price = money(line.quantity * product.price_minor, store_map.currency)
        why = f" because {line.reason}" if line.reason else ""
        told.append(
            f"  {line.quantity} x {product.name}, {price}: {DECISIONS[line.decision]}{why}"
            f" ({percent(line.confidence)}; {line.margin_nats:.1f} nats better than without)"
        )
        for move in explanation.moves_of(line):
            told += _move_in_words(move, "    ")
    charged = {line.product_id for line in visit.lines}
    for move in explanation.moves:
        if move.product_id not in charged:
            told += _move_in_words(move, "  ")
    return told


def _move_in_words(move: ExplainedMove, indent: str) -> list[str]:
    told = [f"{indent}{_clock(move.at_s)} {move.text} ({percent(move.confidence)})"]
    told += [
        f"{indent}  [dim]or {one.text}: {abs(one.worse_by_nats):.1f} nats"
        f" {'worse' if one.worse_by_nats >= 0 else 'better by itself, but it does not fit the rest'}[/]"
        for one in move.alternatives
    ]
    return told


def _pictures(
    folder: Path, index: int, move: ExplainedMove, settings: StoreSettings, faces: FaceHider
) -> list[Path]:
    """Write what the best cameras saw around a move; none without video."""
    written = []
    for camera in best_cameras(settings.cameras, settings.store_map, move.slot_id):
        if not Path(camera.video).is_file():
            continue
        for number, delay_s in enumerate(PICTURE_AFTER_S):
            image = _frame_at(camera, move.at_s + delay_s, settings)
            if image is not None:
                path = folder / f"move-{index + 1:02d}-{camera.camera_id}-{number + 1}.jpg"
                if not cv2.imwrite(str(path), faces.hidden(image)):
                    raise OutputError(f"{path} cannot be written; choose another --out")
                written.append(path)
    return written


def _frame_at(camera: CameraSettings, at_s: float, settings: StoreSettings) -> Image | None:
    start_s = settings.recording.start_s if settings.recording else 0.0
    video = cv2.VideoCapture(camera.video)
    try:
        video.set(cv2.CAP_PROP_POS_MSEC, max(0.0, 1000.0 * (at_s - start_s)))
        is_read, image = video.read()
        return np.asarray(image, np.uint8) if is_read else None
    finally:
        video.release()


def _clock(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S.%f")[:-5]
