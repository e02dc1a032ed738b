"""Where a camera sees the slots of a shelf, and how to straighten them out: geometry only.

Every shelf is rectified as one picture of its front plane at a fixed scale, through the lens distortion. A
line of sight enters a shelf between two boards and ends on the lower one or on what stands on it, so the
opening of a slot, from its board to the board above, is where its units show; on the uppermost board they
show above their front too, as the camera looks down on them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import Product, Shelf, Slot, SlotId, StoreMap
from vision.boxes import FloatArray
from vision.camera_model import Camera, CameraModel
from vision.types import BoolArray, Image

PX_PER_M = 100.0  # of the rectified picture: what 640 pixels give at 4-5 m
CELL_PX = 4  # who covers what is kept in cells of so many rectified pixels
LIGHT_STEP = 2  # every so many cells both ways tell the light: a thousand pixels of a shelf
UNIT_PLANE_M = (
    0.08  # inward from the shelf's edge: the middle of the first row, so that it shows in its place
)
MARGIN_PX = 12  # around a shelf's slots, in its rectified picture: a whole number of cells
MIN_FACING = 0.22  # cosine of the angle between the view and the front's normal: 77 degrees
MIN_SEEN_SHARE = 0.2  # of a slot's opening, past other shelves and within the picture
SIGHT_STEPS = 40  # along a line of sight: closer than a gondola is deep, in any room of 10 m
# Of the camera's picture, of one unit. On 15 development recordings 9 px and a fifth of the opening gave an
# item F1 of 0.67 and fewer baskets charged wrong (15 %) than 16 px and half of it (0.64, 21 %).
MIN_UNIT_PX = 9.0
MOST_ABOVE_M = 0.35  # of what stands behind the first row on an uppermost board
GAP_TO_NEXT_BOARD_M = 0.12  # slots whose board is this near above a slot's top stand on the next board


@dataclass(frozen=True, slots=True)
class SlotRectangle:
    """A slot in the rectified picture of its shelf.

    Attributes:
        top: First row of the slot's opening; so are the other three, ends exclusive.
        unit_px: Width and height of the front of one unit of its product in that picture.
        unit_seen_px: Area of one unit in the camera's own picture, about.
        stock: Units that stand here when the store opens.
        capacity: Units that fit.
    """

    slot_id: SlotId
    top: int
    bottom: int
    left: int
    right: int
    unit_px: tuple[float, float]
    unit_seen_px: float
    stock: int
    capacity: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the rectified picture."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def cells(self) -> tuple[slice, slice]:
        """Rows and columns of the cells that the window touches."""
        rows = slice(self.top // CELL_PX, -(-self.bottom // CELL_PX))
        return rows, slice(self.left // CELL_PX, -(-self.right // CELL_PX))


@dataclass(frozen=True, slots=True, eq=False)
class ShelfView:
    """One shelf as one camera sees it.

    Attributes:
        slots: Those that are seen well enough.
        seen: `(rows, columns)` cells of the rectified picture that show this shelf and nothing before it.
        bounds_xyxy: `(4,)` of the camera's picture, around all those cells.
    """

    slots: tuple[SlotRectangle, ...]
    seen: BoolArray
    bounds_xyxy: FloatArray
    _cell_uv: FloatArray
    _map_uv: npt.NDArray[np.int16]
    _map_fraction: npt.NDArray[np.uint16]

    def rectify(self, image: Image, cells: tuple[slice, slice]) -> Image:
        """Straighten cells of the shelf's front out of a camera picture: `(h, w, 3)` uint8."""
        rows, columns = (slice(side.start * CELL_PX, side.stop * CELL_PX) for side in cells)
        straight = cv2.remap(
            image,
            self._map_uv[rows, columns],
            self._map_fraction[rows, columns],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        # Noise and the codec's small errors go, what has the size of a package stays.
        return np.asarray(cv2.GaussianBlur(straight, (3, 3), 0), np.uint8)

    def light(self, image: Image) -> Image:
        """The first pixel of every second cell both ways: `(rows / 2, columns / 2, 3)` uint8."""
        step = LIGHT_STEP * CELL_PX
        straight = cv2.remap(
            image,
            self._map_uv[::step, ::step],
            self._map_fraction[::step, ::step],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(straight, np.uint8)

    def covered(self, xyxy: FloatArray) -> BoolArray:
        """Cells `(rows, columns)` that boxes `(n, 4)` of the camera's picture may hide."""
        u, v = self._cell_uv[..., 0], self._cell_uv[..., 1]
        hidden = np.zeros(u.shape, np.bool_)
        for left, top, right, bottom in xyxy:
            hidden |= (u >= left) & (u <= right) & (v >= top) & (v <= bottom)
        return hidden


def shelf_views(camera: Camera, store_map: StoreMap) -> tuple[ShelfView, ...]:
    """Views of the shelves that a camera sees from their front; none if it knows only its floor."""
    if not isinstance(camera, CameraModel):
        return ()
    views = (_view(camera, shelf, store_map) for shelf in store_map.shelves if shelf.slots)
    return tuple(view for view in views if view is not None)


def _view(camera: CameraModel, shelf: Shelf, store_map: StoreMap) -> ShelfView | None:
    others = [other for other in store_map.shelves if other is not shelf and other.slots]
    facing = [slot for slot in shelf.slots if _faces(camera, shelf, slot)]
    if not facing:
        return None
    tops = {slot.slot_id: _top_m(camera, shelf, slot) for slot in facing}
    low, high = min(slot.height_m[0] for slot in facing), max(tops.values())
    local = _plane_points(shelf, low, high)
    points = shelf.to_store(local.reshape(-1, 3))
    uv = np.nan_to_num(camera.project(points), nan=-1e3).reshape(*local.shape[:2], 2)
    cell_uv = uv[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX]
    cell_points = points.reshape(local.shape)[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX]
    inside = ((cell_uv >= 0) & (cell_uv < camera.size_px)).all(axis=2)
    seen = inside & ~_hidden(camera, cell_points, others)
    rectangles = tuple(
        rectangle
        for slot in facing
        for rectangle in (_rectangle(camera, shelf, slot, store_map, high, tops[slot.slot_id]),)
        if rectangle.unit_seen_px >= MIN_UNIT_PX and seen[rectangle.cells].mean() >= MIN_SEEN_SHARE
    )
    if not rectangles:
        return None
    map_x, map_y = np.moveaxis((uv - 0.5).astype(np.float32), 2, 0)
    map_uv, map_fraction = cv2.convertMaps(map_x, map_y, cv2.CV_16SC2)
    bounds = np.concatenate([cell_uv[seen].min(axis=0), cell_uv[seen].max(axis=0)])
    return ShelfView(
        rectangles, seen, bounds, cell_uv, map_uv.astype(np.int16), map_fraction.astype(np.uint16)
    )


def _plane_points(shelf: Shelf, low_m: float, high_m: float) -> FloatArray:
    """Shelf points `(h, w, 3)` of the rectified picture's pixels; both sides are whole cells."""
    width = -(-round(shelf.width_m * PX_PER_M) // CELL_PX) * CELL_PX + 2 * MARGIN_PX
    height = -(-round((high_m - low_m) * PX_PER_M) // CELL_PX) * CELL_PX + 2 * MARGIN_PX
    along = (np.arange(width) - MARGIN_PX + 0.5) / PX_PER_M
    up = high_m - (np.arange(height) - MARGIN_PX + 0.5) / PX_PER_M
    grid_along, grid_up = np.meshgrid(along, up)
    return np.stack([grid_along, np.full_like(grid_along, UNIT_PLANE_M), grid_up], axis=-1)


def _rectangle(
    camera: CameraModel, shelf: Shelf, slot: Slot, store_map: StoreMap, high_m: float, top_m: float
) -> SlotRectangle:
    product = store_map.product(slot.product_id)
    width, depth, height = product.size_m
    rows_deep = max(int(shelf.depth_m / depth), 1)
    beside = max(int((slot.along_m[1] - slot.along_m[0]) / width), 1)
    return SlotRectangle(
        slot.slot_id,
        top=round((high_m - top_m) * PX_PER_M) + MARGIN_PX,
        bottom=round((high_m - slot.height_m[0]) * PX_PER_M) + MARGIN_PX,
        left=round(slot.along_m[0] * PX_PER_M) + MARGIN_PX,
        right=round(slot.along_m[1] * PX_PER_M) + MARGIN_PX,
        unit_px=(width * PX_PER_M, height * PX_PER_M),
        unit_seen_px=_unit_seen_px(camera, shelf, slot, product),
        stock=slot.stock,
        capacity=max(rows_deep * beside, slot.stock),
    )


def _top_m(camera: CameraModel, shelf: Shelf, slot: Slot) -> float:
    """Up to which height of the front plane units of a slot show."""
    above = [
        other.height_m[0]
        for other in shelf.slots
        if other.height_m[0] > slot.height_m[0] + 0.05
        and min(other.along_m[1], slot.along_m[1]) - max(other.along_m[0], slot.along_m[0]) > 0.0
    ]
    next_board = min(above, default=np.inf)
    if next_board - slot.height_m[1] < GAP_TO_NEXT_BOARD_M:
        return max(float(next_board) - 0.02, slot.height_m[1])
    _, inward, up = shelf.to_shelf(camera.position_m)
    fall = max(up - slot.height_m[1], 0.0) / max(-inward + UNIT_PLANE_M, 0.1)
    behind = max(shelf.depth_m - UNIT_PLANE_M, 0.0)
    highest: float = slot.height_m[1] + min(fall * behind, MOST_ABOVE_M)
    return min(highest, float(next_board))


def _hidden(camera: CameraModel, points_m: FloatArray, others: list[Shelf]) -> BoolArray:
    """Which of `points_m` `(rows, columns, 3)` stand behind other shelves."""
    steps = np.linspace(0.02, 0.98, SIGHT_STEPS)[:, None, None, None]
    sights = points_m + steps * (camera.position_m - points_m)
    hidden = np.zeros(points_m.shape[:2], np.bool_)
    for other in others:
        box = np.array([other.width_m, other.depth_m, max(slot.height_m[1] for slot in other.slots)])
        local = other.to_shelf(sights)
        hidden |= ((local > 0.0) & (local < box)).all(axis=3).any(axis=0)
    return hidden


def _faces(camera: CameraModel, shelf: Shelf, slot: Slot) -> bool:
    """Whether the camera is before the slot's front, and not too far aside or above."""
    middle = np.array([np.mean(slot.along_m), UNIT_PLANE_M, np.mean(slot.height_m)])
    towards_camera = camera.position_m - shelf.to_store(middle)
    inward = np.array([*shelf.inward_xy, 0.0])
    return bool(-towards_camera @ inward >= MIN_FACING * np.linalg.norm(towards_camera))


def _unit_seen_px(camera: CameraModel, shelf: Shelf, slot: Slot, product: Product) -> float:
    """Area of a unit's front, in the middle of the slot, in the camera's own picture."""
    width, _, height = product.size_m
    along, up = np.mean(slot.along_m), slot.height_m[0]
    corners = [
        [along - width / 2, UNIT_PLANE_M, up],
        [along + width / 2, UNIT_PLANE_M, up],
        [along - width / 2, UNIT_PLANE_M, up + height],
    ]
    uv = camera.project(shelf.to_store(np.array(corners)))
    across, upward = uv[1] - uv[0], uv[2] - uv[0]
    area = abs(across[0] * upward[1] - across[1] * upward[0])
    return float(area) if np.isfinite(area) else 0.0
