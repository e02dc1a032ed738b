"""`walkout products`: enrol what a store sells, and see what is enrolled."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from models import zoo
from vision.enrolment import LOOK_ALIKE_COSINE, WANTED_PICTURES, enrol, store_gallery
from vision.inference import OnnxSession
from vision.products import ProductEyes
from vision.settings import HAND_MODEL, read_settings


def run_enrol(store: Path, product_id: str, pictures: Sequence[Path], console: Console) -> None:
    """Add pictures of one product to a store.

    Raises:
        VisionError, ModelError: If the store, the product or a picture is not usable.
    """
    settings = read_settings(store)
    done = enrol(settings.path, settings.store_map, _eyes(), product_id, pictures)
    console.print(f"{product_id} is enrolled with {done.pictures} pictures", highlight=False)
    if done.pictures < WANTED_PICTURES:
        console.print(
            f"[yellow]{WANTED_PICTURES} are better: the front, both sides, the back, and from above[/]",
            highlight=False,
        )
    for other in done.look_alikes:
        console.print(
            f"[yellow]looks like {other.name} ({other.product_id}, {other.cosine:.2f})[/]: keep their slots"
            " apart on the shelf, or let scales tell them apart",
            highlight=False,
        )
    console.print(f"See all: walkout products list {store}", highlight=False)


def run_list(store: Path, console: Console) -> None:
    """Show every product, how many pictures it has, and what it is mistaken for.

    Raises:
        VisionError, ModelError: If the store or a picture is not usable.
    """
    settings = read_settings(store)
    store_map = settings.store_map
    gallery = store_gallery(settings.path, store_map, _eyes())
    pictures = np.bincount(gallery.product, minlength=len(store_map.products))
    alike = np.nan_to_num(gallery.alike(), nan=-1.0)
    np.fill_diagonal(alike, -1.0)
    table = Table(title=f"Products of {store_map.name}", title_justify="left")
    for column in ("product", "name", "pictures", "looks like"):
        table.add_column(column, justify="right" if column == "pictures" else "left")
    for row, product in enumerate(store_map.products):
        nearest = int(alike[row].argmax())
        is_alike = alike[row, nearest] >= LOOK_ALIKE_COSINE
        twin = f"{store_map.products[nearest].product_id} ({alike[row, nearest]:.2f})" if is_alike else ""
        count = str(pictures[row]) if pictures[row] else "[red]none[/]"
        table.add_row(product.product_id, product.name, count, twin)
    console.print(table)
    missing = int((pictures == 0).sum())
    if missing:
        console.print(
            f"{missing} without pictures: hands can hold them, but not be seen to."
            f" Next: walkout products enroll {store} PRODUCT PICTURES",
            highlight=False,
        )


def _eyes() -> ProductEyes:
    return ProductEyes(OnnxSession(zoo.load(HAND_MODEL).path))
