"""Prices that change while a recording runs: what the shop's back office sent, a line of JSON a change.

`store.toml` has the prices of the start. A unit is owed at the price that held when it left its shelf.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import RecordingError

_NAME = "prices.jsonl"


@dataclass(frozen=True, slots=True)
class PriceChange:
    """From a time on a product has another price.

    Attributes:
        at_s: Seconds since the Unix epoch, UTC.
        product_id: Of a product in `store.toml`.
        price_minor: The new price of a unit, in minor units of the store's currency.
    """

    at_s: float
    product_id: str
    price_minor: int


def write_price_changes(folder: Path, changes: Iterable[PriceChange]) -> None:
    """Write the changes of a recording; nothing where there are none."""
    lines = [
        json.dumps({"at_s": change.at_s, "product": change.product_id, "price_minor": change.price_minor})
        for change in changes
    ]
    if lines:
        (folder / _NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_price_changes(folder: Path) -> tuple[PriceChange, ...]:
    """Read the changes of a recording in order of time; none where there is no such file.

    Raises:
        RecordingError: If a line says no such thing.
    """
    path = folder / _NAME
    if not path.is_file():
        return ()
    changes = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            said = json.loads(line)
            changes.append(PriceChange(float(said["at_s"]), str(said["product"]), int(said["price_minor"])))
        except (ValueError, KeyError, TypeError) as error:
            raise RecordingError(f"{path}, line {number}: no change of a price ({error})") from error
    return tuple(sorted(changes, key=lambda change: (change.at_s, change.product_id)))
