"""Where a camera sees the slots of a shelf, and how to straighten them out: geometry only.

Every shelf is rectified as one picture of its front plane at a fixed scale, through the lens distortion;
a slot is a rectangle of that picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import Product, Shelf, Slot, SlotId, StoreMap
from vision.boxes import FloatArray
from vision.camera_model import Camera, CameraModel
from vision.types import Image

PX_PER_M = 100.0  # of the rectified picture: what 640 pixels give at 4-5 m
UNIT_PLANE_M = (
    0.08  # inward from the shelf's edge: the middle of the first row, so that it shows in its place
)
MARGIN_PX = 12  # around a slot: what happens there belongs to its neighbours
COVER_DEPTH_M = 0.25  # what stands in front of this much of a slot hides it
MIN_FACING = 0.22  # cosine of the angle between the view and the front's normal: 77 degrees
MAX_HIDDEN_SHARE = 0.3  # of a slot's front, behind other shelves
SIGHT_STEPS = 40  # along a line of sight: closer than a gondola is deep, in any room of 10 m
MIN_SIDE_PX = 10.0  # of a slot's front in the camera's picture


@dataclass(frozen=True, slots=True)
class SlotRectangle:
    """A slot in the rectified picture of its shelf.

    Attributes:
        top: First row of the slot with its margin; so are the other three, ends exclusive.
        face_px: Area of the front of one unit of its product in that picture.
        largest_face_px: The same of the store's largest product.
    """

    slot_id: SlotId
    top: int
    bottom: int
    left: int
    right: int
    face_px: float
    largest_face_px: float

    def of(self, picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the part of `picture` that shows the slot and `MARGIN_PX` around it."""
        return picture[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True, eq=False)
class ShelfView:
    """One shelf as one camera sees it.

    Attributes:
        slots: Those that are seen well enough.
        cover_xyxy: `(n, 4)` for each of them: who stands within this box of the camera's picture may hide it.
    """

    slots: tuple[SlotRectangle, ...]
    cover_xyxy: FloatArray
    _map_uv: npt.NDArray[np.int16]
    _map_fraction: npt.NDArray[np.uint16]

    def rectify(self, image: Image) -> npt.NDArray[np.float32]:
        """Straighten the shelf's front out of a camera picture: `(h, w, 3)` float32, grey levels."""
        straight = cv2.remap(
            image, self._map_uv, self._map_fraction, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        # Noise and the codec's small errors go, what has the size of a package stays.
        return cv2.GaussianBlur(straight, (3, 3), 0).astype(np.float32)


def shelf_views(camera: Camera, store_map: StoreMap) -> tuple[ShelfView, ...]:
    """Views of the shelves that a camera sees from their front; none if it knows only its floor."""
    if not isinstance(camera, CameraModel):
        return ()
    views = (_view(camera, shelf, store_map) for shelf in store_map.shelves)
    return tuple(view for view in views if view is not None)


def _view(camera: CameraModel, shelf: Shelf, store_map: StoreMap) -> ShelfView | None:
    others = [other for other in store_map.shelves if other is not shelf]
    seen = [
        slot
        for slot in shelf.slots
        if _is_seen(camera, shelf, slot) and _is_unhidden(camera, _front(shelf, slot), others)
    ]
    if not seen:
        return None
    low = min(slot.height_m[0] for slot in seen)
    high = max(slot.height_m[1] for slot in seen)
    map_uv, map_fraction = _rectification(camera, shelf, low, high)
    rectangles = tuple(
        SlotRectangle(
            slot.slot_id,
            top=round((high - slot.height_m[1]) * PX_PER_M),
            bottom=round((high - slot.height_m[0]) * PX_PER_M) + 2 * MARGIN_PX,
            left=round(slot.along_m[0] * PX_PER_M),
            right=round(slot.along_m[1] * PX_PER_M) + 2 * MARGIN_PX,
            face_px=_face_m2(store_map.product(slot.product_id)) * PX_PER_M**2,
            largest_face_px=max(_face_m2(product) for product in store_map.products) * PX_PER_M**2,
        )
        for slot in seen
    )
    cover = np.stack([_bounds(camera.project(_corners(shelf, slot, COVER_DEPTH_M))) for slot in seen])
    return ShelfView(rectangles, cover, map_uv, map_fraction)


def _rectification(
    camera: CameraModel, shelf: Shelf, low_m: float, high_m: float
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint16]]:
    """Maps from the shelf's rectified picture, with `MARGIN_PX` around it, to the camera's picture."""
    columns = np.arange(-MARGIN_PX, round(shelf.width_m * PX_PER_M) + MARGIN_PX + 1)
    rows = np.arange(-MARGIN_PX, round((high_m - low_m) * PX_PER_M) + MARGIN_PX + 1)
    along, up = np.meshgrid((columns + 0.5) / PX_PER_M, high_m - (rows + 0.5) / PX_PER_M)
    points = np.stack([along, np.full_like(along, UNIT_PLANE_M), up], axis=-1).reshape(-1, 3)
    uv = np.nan_to_num(camera.project(shelf.to_store(points)), nan=-1e3).reshape(*along.shape, 2)
    map_x, map_y = np.moveaxis((uv - 0.5).astype(np.float32), 2, 0)
    map_uv, map_fraction = cv2.convertMaps(map_x, map_y, cv2.CV_16SC2)
    return map_uv.astype(np.int16), map_fraction.astype(np.uint16)


def _is_unhidden(camera: CameraModel, points_m: FloatArray, others: list[Shelf]) -> bool:
    """Whether most of `points_m` `(n, 3)` are seen past the other shelves."""
    steps = np.linspace(0.02, 0.98, SIGHT_STEPS)[:, None, None]
    sights = points_m + steps * (camera.position_m - points_m)
    hidden = np.zeros(len(points_m), np.bool_)
    for other in others:
        if other.slots:
            box = np.array([other.width_m, other.depth_m, max(slot.height_m[1] for slot in other.slots)])
            local = other.to_shelf(sights)
            hidden |= ((local > 0.0) & (local < box)).all(axis=2).any(axis=0)
    return float(hidden.mean()) <= MAX_HIDDEN_SHARE


def _is_seen(camera: CameraModel, shelf: Shelf, slot: Slot) -> bool:
    front = _corners(shelf, slot, UNIT_PLANE_M)
    towards_camera = camera.position_m - front.mean(axis=0)
    inward = np.array([*shelf.inward_xy, 0.0])
    if -towards_camera @ inward < MIN_FACING * np.linalg.norm(towards_camera):
        return False
    uv = camera.project(front)
    if not (np.isfinite(uv).all() and (uv >= 0).all() and (uv <= camera.size_px).all()):
        return False
    lower_left, lower_right, upper_left = uv[4], uv[5], uv[6]
    sides = np.linalg.norm([lower_right - lower_left, upper_left - lower_left], axis=1)
    return bool((sides >= MIN_SIDE_PX).all())


def _face_m2(product: Product) -> float:
    width, _, height = product.size_m
    return width * height


def _front(shelf: Shelf, slot: Slot) -> FloatArray:
    """Nine store points `(9, 3)` spread over the first row of units."""
    along, up = np.meshgrid(np.linspace(*slot.along_m, 5)[1:4], np.linspace(*slot.height_m, 5)[1:4])
    return shelf.to_store(np.stack([along, np.full_like(along, UNIT_PLANE_M), up], axis=-1).reshape(-1, 3))


def _corners(shelf: Shelf, slot: Slot, depth_m: float) -> FloatArray:
    """Store points `(8, 3)`: front then back; each lower left, lower right, upper left, upper right."""
    local = [
        [along, inward, up] for inward in (0.0, depth_m) for up in slot.height_m for along in slot.along_m
    ]
    return shelf.to_store(np.array(local))


def _bounds(uv: FloatArray) -> FloatArray:
    """Bound what the lens sees of points `(n, 2)`."""
    bounds: FloatArray = np.concatenate([np.nanmin(uv, axis=0), np.nanmax(uv, axis=0)])
    return bounds
