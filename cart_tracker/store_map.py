"""What an installed store knows about itself, in metres: floor, gate, exit, shelves, planogram, prices.

Read from the `[store]`, `[[shelves]]` and `[[products]]` sections of `store.toml`. The cameras of the
same file belong to `vision.camera_model`; a tracker does not need to know where they hang.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NewType

import numpy as np
import numpy.typing as npt

from cart_tracker.errors import StoreMapError

ProductId = NewType("ProductId", str)
ShelfId = NewType("ShelfId", str)
SlotId = NewType("SlotId", str)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that can be bought.

    Attributes:
        product_id: Stable id, the SKU.
        name: What the receipt says.
        price_minor: Price of one unit in minor units of the store's currency.
        size_m: Width, depth, height of one unit in metres.
    """

    product_id: ProductId
    name: str
    price_minor: int
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on a shelf for one product in the planogram.

    Attributes:
        along_m: Left and right end, metres along the shelf's front from its origin.
        height_m: Board and top of the slot, metres above the floor.
        stock: Units that stand here when the store opens.
    """

    slot_id: SlotId
    product_id: ProductId
    along_m: tuple[float, float]
    height_m: tuple[float, float]
    stock: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """One face of shelving: a vertical rectangle that hands reach through.

    Seen by a shopper in front of it, `origin_xy_m` is the lower left corner of the front face on the
    floor, `along_xy` the unit vector to the right and `inward_xy` the unit vector into the shelf.
    """

    shelf_id: ShelfId
    origin_xy_m: tuple[float, float]
    along_xy: tuple[float, float]
    width_m: float
    depth_m: float
    slots: tuple[Slot, ...]

    @property
    def inward_xy(self) -> tuple[float, float]:
        """Unit vector from the shopper into the shelf: `along_xy` turned left by 90 degrees."""
        return (-self.along_xy[1], self.along_xy[0])

    def to_shelf(self, xyz_m: FloatArray) -> FloatArray:
        """Express store points `(..., 3)` as (along, inward, height) of this shelf, metres."""
        offset = xyz_m[..., :2] - np.asarray(self.origin_xy_m)
        return np.stack(
            [offset @ np.asarray(self.along_xy), offset @ np.asarray(self.inward_xy), xyz_m[..., 2]],
            axis=-1,
        )

    def to_store(self, along_inward_height_m: FloatArray) -> FloatArray:
        """Inverse of `to_shelf`: `(..., 3)` shelf coordinates to store coordinates."""
        local = along_inward_height_m
        xy = (
            np.asarray(self.origin_xy_m)
            + local[..., :1] * np.asarray(self.along_xy)
            + local[..., 1:2] * np.asarray(self.inward_xy)
        )
        return np.concatenate([xy, local[..., 2:]], axis=-1)


@dataclass(frozen=True)
class StoreMap:
    """The whole store.

    Attributes:
        floor_xy_m: `(n, 2)` corners of the walkable outline, counter-clockwise.
        gate_xy_m: `(n, 2)` polygon in which a shopper stands when the gate has let them in.
        exit_xy_m: `(n, 2)` polygon; a shopper who disappears from it outward has left.
        scanner_xy_m: Where the code reader of the gate is.
    """

    store_id: str
    name: str
    currency: str
    floor_xy_m: FloatArray
    gate_xy_m: FloatArray
    exit_xy_m: FloatArray
    scanner_xy_m: FloatArray
    shelves: tuple[Shelf, ...]
    products: tuple[Product, ...]

    def __post_init__(self) -> None:
        """Refuse a planogram that names an unknown product, or an id that is used twice.

        Raises:
            StoreMapError: With the slot or product at fault.
        """
        known = [product.product_id for product in self.products]
        for product_id in known:
            if known.count(product_id) > 1:
                raise StoreMapError(f"product {product_id!r} is listed twice; keep one entry")
        slot_ids = [slot.slot_id for slot in self.slots]
        for slot in self.slots:
            if slot.product_id not in known:
                raise StoreMapError(
                    f"slot {slot.slot_id!r} holds unknown product {slot.product_id!r};"
                    " add it to [[products]] or correct the planogram"
                )
            if slot_ids.count(slot.slot_id) > 1:
                raise StoreMapError(f"slot {slot.slot_id!r} is listed twice; give each its own id")

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """All slots, shelf by shelf, in the order of the file."""
        return tuple(slot for shelf in self.shelves for slot in shelf.slots)

    @cached_property
    def product_ids(self) -> tuple[ProductId, ...]:
        """Ids of all products in the order of the file: the columns of product likelihoods."""
        return tuple(product.product_id for product in self.products)

    def product(self, product_id: ProductId) -> Product:
        """Return the product with this id.

        Raises:
            StoreMapError: If the store does not sell it.
        """
        for product in self.products:
            if product.product_id == product_id:
                return product
        raise StoreMapError(f"product {product_id!r} is not in [[products]]")

    def shelf_of(self, slot_id: SlotId) -> Shelf:
        """Return the shelf that has this slot.

        Raises:
            StoreMapError: If no shelf has it.
        """
        for shelf in self.shelves:
            if any(slot.slot_id == slot_id for slot in shelf.slots):
                return shelf
        raise StoreMapError(f"slot {slot_id!r} is on no shelf")


def store_map_from_toml(document: Mapping[str, Any]) -> StoreMap:
    """Build a store map from a parsed `store.toml`.

    Raises:
        StoreMapError: If a section or key is missing, has the wrong type, or the planogram is inconsistent.
    """
    try:
        store = document["store"]
        return StoreMap(
            store_id=str(store["id"]),
            name=str(store["name"]),
            currency=str(store["currency"]),
            floor_xy_m=_points(store["floor_xy_m"]),
            gate_xy_m=_points(store["gate_xy_m"]),
            exit_xy_m=_points(store["exit_xy_m"]),
            scanner_xy_m=np.asarray(_pair(store["scanner_xy_m"])),
            shelves=tuple(_shelf(entry) for entry in document["shelves"]),
            products=tuple(_product(entry) for entry in document["products"]),
        )
    except KeyError as error:
        raise StoreMapError(f"store.toml: {error.args[0]!r} is missing") from error
    except (TypeError, ValueError) as error:
        raise StoreMapError(f"store.toml: {error}") from error


def _product(entry: Mapping[str, Any]) -> Product:
    width, depth, height = (float(value) for value in entry["size_m"])
    return Product(
        product_id=ProductId(str(entry["id"])),
        name=str(entry["name"]),
        price_minor=int(entry["price_minor"]),
        size_m=(width, depth, height),
    )


def _shelf(entry: Mapping[str, Any]) -> Shelf:
    return Shelf(
        shelf_id=ShelfId(str(entry["id"])),
        origin_xy_m=_pair(entry["origin_xy_m"]),
        along_xy=_pair(entry["along_xy"]),
        width_m=float(entry["width_m"]),
        depth_m=float(entry["depth_m"]),
        slots=tuple(
            Slot(
                slot_id=SlotId(str(slot["id"])),
                product_id=ProductId(str(slot["product"])),
                along_m=_pair(slot["along_m"]),
                height_m=_pair(slot["height_m"]),
                stock=int(slot["stock"]),
            )
            for slot in entry["slots"]
        ),
    )


def _pair(values: Sequence[float]) -> tuple[float, float]:
    first, second = values
    return float(first), float(second)


def _points(values: Sequence[Sequence[float]]) -> FloatArray:
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise StoreMapError(f"a polygon has shape {points.shape}, expected (3 or more, 2)")
    return points
