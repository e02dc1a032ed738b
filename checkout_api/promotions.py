"""Rules that make a cart cheaper, and which of them a cart gets. Pure, in whole minor units.

A unit takes part in one rule about products: in the group that saves most, or else in the best rule of its
own. Rules about the whole cart come after these. Nothing is ever made dearer, nor cheaper than free.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from checkout_api.money import allocate

PARTS_PER_MILLION = 1_000_000

Skus = Annotated[tuple[str, ...], Field(min_length=1, max_length=10_000)]
Part = Annotated[int, Field(gt=0, le=PARTS_PER_MILLION, description="In parts per million: 10 % is 100000.")]
Minor = Annotated[int, Field(ge=0, le=10**12)]
Many = Annotated[int, Field(ge=1, le=1_000)]


@dataclass(frozen=True, slots=True)
class PercentOff:
    """Each of these products costs a part less."""

    skus: Skus
    part_ppm: Part
    kind: Literal["percent_off"] = "percent_off"


@dataclass(frozen=True, slots=True)
class AmountOff:
    """Each unit of these products costs so much less."""

    skus: Skus
    amount_minor: Minor
    kind: Literal["amount_off"] = "amount_off"


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """Each unit of these products costs so much; with `members_only` it is a member price."""

    skus: Skus
    price_minor: Minor
    kind: Literal["fixed_price"] = "fixed_price"


@dataclass(frozen=True, slots=True)
class PayFewer:
    """Of every `take` units of these products, in any mix, the cheapest are free and `pay` are paid."""

    skus: Skus
    take: Many
    pay: Many
    kind: Literal["pay_fewer"] = "pay_fewer"


@dataclass(frozen=True, slots=True)
class Bundle:
    """These products together cost so much; one sku may appear several times."""

    skus: Annotated[tuple[str, ...], Field(min_length=2, max_length=50)]
    price_minor: Minor
    kind: Literal["bundle"] = "bundle"


@dataclass(frozen=True, slots=True)
class CartPercentOff:
    """The whole cart costs a part less, from a total of `minimum_minor` on."""

    part_ppm: Part
    minimum_minor: Minor = 0
    kind: Literal["cart_percent_off"] = "cart_percent_off"


@dataclass(frozen=True, slots=True)
class CartAmountOff:
    """The whole cart costs so much less, from a total of `minimum_minor` on."""

    amount_minor: Minor
    minimum_minor: Minor = 0
    kind: Literal["cart_amount_off"] = "cart_amount_off"


Rule = Annotated[
    PercentOff | AmountOff | FixedPrice | PayFewer | Bundle | CartPercentOff | CartAmountOff,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A rule with the name that receipts print."""

    promotion_id: str
    name: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Item:
    """One line as promotions see it: `quantity` units of one product at one price each."""

    sku: str
    price_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Saving:
    """What one promotion takes off one line, by the line's place."""

    line: int
    promotion: Promotion
    amount_minor: int


@dataclass(slots=True)
class _Group:
    """Units that one group rule takes: `times` groups with so many units of each line in each."""

    units: dict[int, int]
    times: int
    saving_minor: int


@dataclass(slots=True)
class _State:
    items: Sequence[Item]
    left: list[int]
    own_minor: list[int]
    savings: dict[tuple[int, str], Saving] = field(default_factory=dict)

    def add(self, line: int, promotion: Promotion, amount_minor: int) -> None:
        if amount_minor > 0:
            key = (line, promotion.promotion_id)
            before = self.savings[key].amount_minor if key in self.savings else 0
            self.savings[key] = Saving(line, promotion, before + amount_minor)


def savings(items: Sequence[Item], promotions: Iterable[Promotion]) -> list[Saving]:
    """Return what these promotions take off a cart, in the order of its lines."""
    ordered = sorted(promotions, key=lambda promotion: promotion.promotion_id)
    own = [_best_own(item, ordered) for item in items]
    state = _State(items, [item.quantity for item in items], [amount for _, amount in own])
    _apply_groups(state, [p for p in ordered if isinstance(p.rule, PayFewer | Bundle)])
    for line, (promotion, amount_minor) in enumerate(own):
        if promotion is not None:
            state.add(line, promotion, amount_minor * state.left[line])
    for promotion in ordered:
        _apply_to_cart(state, promotion)
    return sorted(state.savings.values(), key=lambda saving: (saving.line, saving.promotion.promotion_id))


def _best_own(item: Item, promotions: Sequence[Promotion]) -> tuple[Promotion | None, int]:
    best: tuple[Promotion | None, int] = (None, 0)
    for promotion in promotions:
        amount = _own_saving(item, promotion.rule)
        if amount > best[1]:
            best = (promotion, amount)
    return best


def _own_saving(item: Item, rule: Rule) -> int:
    if isinstance(rule, PercentOff) and item.sku in rule.skus:
        return _part_of(item.price_minor, rule.part_ppm)
    if isinstance(rule, AmountOff) and item.sku in rule.skus:
        return min(rule.amount_minor, item.price_minor)
    if isinstance(rule, FixedPrice) and item.sku in rule.skus:
        return max(0, item.price_minor - rule.price_minor)
    return 0


def _apply_groups(state: _State, promotions: Sequence[Promotion]) -> None:
    """Let the rule that saves most in all take its units first, then the next, until none saves anything."""
    remaining = list(promotions)
    while remaining:
        found = [(promotion, list(_groups(state, promotion.rule))) for promotion in remaining]
        promotion, groups = max(found, key=lambda pair: sum(g.saving_minor * g.times for g in pair[1]))
        if not groups:
            return
        for group in groups:
            _take(state, promotion, group)
        remaining.remove(promotion)


def _take(state: _State, promotion: Promotion, group: _Group) -> None:
    lines = list(group.units)
    weights = [state.items[line].price_minor * group.units[line] for line in lines]
    for line, amount in zip(lines, allocate(group.saving_minor * group.times, weights), strict=True):
        state.left[line] -= group.units[line] * group.times
        state.add(line, promotion, amount)


def _groups(state: _State, rule: Rule) -> Iterator[_Group]:
    """Yield the groups of one rule that save more than what their units would save on their own."""
    found: Iterator[_Group] = iter(())
    if isinstance(rule, PayFewer):
        found = _pay_fewer(state, rule)
    elif isinstance(rule, Bundle):
        found = _bundles(state, rule)
    for group in found:
        on_their_own = sum(state.own_minor[line] * n for line, n in group.units.items())
        if group.saving_minor > on_their_own:
            yield group


def _pay_fewer(state: _State, rule: PayFewer) -> Iterator[_Group]:
    """Group the dearest units with each other, which is best for the shopper."""
    if rule.pay >= rule.take:
        return
    lines = [n for n, item in enumerate(state.items) if item.sku in rule.skus and state.left[n] > 0]
    lines.sort(key=lambda n: (-state.items[n].price_minor, n))
    open_units: dict[int, int] = {}
    for line in lines:
        left = state.left[line]
        missing = rule.take - sum(open_units.values())
        if open_units and left >= missing:
            open_units[line] = missing
            yield _fewer(state, rule, open_units)
            open_units, left = {}, left - missing
        if not open_units:
            whole, left = divmod(left, rule.take)
            if whole:
                yield _Group({line: rule.take}, whole, _free(state, rule, {line: rule.take}))
        if left:
            open_units[line] = left


def _fewer(state: _State, rule: PayFewer, units: dict[int, int]) -> _Group:
    return _Group(dict(units), 1, _free(state, rule, units))


def _free(state: _State, rule: PayFewer, units: Mapping[int, int]) -> int:
    prices = sorted(state.items[line].price_minor for line, n in units.items() for _ in range(n))
    return sum(prices[: rule.take - rule.pay])


def _bundles(state: _State, rule: Bundle) -> Iterator[_Group]:
    wanted = {sku: rule.skus.count(sku) for sku in rule.skus}
    left = {
        sku: [[n, state.left[n]] for n, item in enumerate(state.items) if item.sku == sku and state.left[n]]
        for sku in wanted
    }
    while True:
        units: dict[int, int] = {}
        for sku, count in wanted.items():
            for line, available in left[sku]:
                part = min(count, available)
                units[line] = units.get(line, 0) + part
                count -= part  # what is still missing of this sku
                if count == 0:
                    break
            if count:
                return
        available_of = {line: available for lines in left.values() for line, available in lines}
        times = min(available_of[line] // n for line, n in units.items() if n)
        worth = sum(state.items[line].price_minor * n for line, n in units.items())
        yield _Group(units, times, max(0, worth - rule.price_minor))
        for lines in left.values():
            for entry in lines:
                entry[1] -= units.get(entry[0], 0) * times
            lines[:] = [entry for entry in lines if entry[1] > 0]


def _apply_to_cart(state: _State, promotion: Promotion) -> None:
    rule = promotion.rule
    if not isinstance(rule, CartPercentOff | CartAmountOff):
        return
    worth = [item.price_minor * item.quantity for item in state.items]
    for saving in state.savings.values():
        worth[saving.line] -= saving.amount_minor
    total = sum(worth)
    if total < rule.minimum_minor or total == 0:
        return
    if isinstance(rule, CartPercentOff):
        amount = _part_of(total, rule.part_ppm)
    else:
        amount = min(rule.amount_minor, total)
    for line, part in enumerate(allocate(amount, worth)):
        state.add(line, promotion, part)


def _part_of(amount_minor: int, part_ppm: int) -> int:
    return (2 * amount_minor * part_ppm + PARTS_PER_MILLION) // (2 * PARTS_PER_MILLION)
