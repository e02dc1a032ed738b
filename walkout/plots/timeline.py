"""True and recognised events of one recording on a common time axis, a lane a shopper."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from walkout.comparison import RecordingComparison
from walkout.plots.svg import colour_index, svg

WIDTH_PX = 980
LEFT_PX = 96
LANE_PX = 54
TRUE_ROW_PX, SEEN_ROW_PX = 15, 35  # from the top of a lane
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where times and shoppers are in the picture."""

    start_s: float
    length_s: float
    lanes: tuple[str, ...]

    @property
    def height(self) -> int:
        return 12 + LANE_PX * len(self.lanes)

    def x(self, at_s: float) -> float:
        return LEFT_PX + (WIDTH_PX - LEFT_PX - 20) * (at_s - self.start_s) / self.length_s

    def y(self, shopper: str | None) -> float:
        lane = self.lanes.index(shopper) if shopper in self.lanes else len(self.lanes) - 1
        return 12 + LANE_PX * lane


def timeline(comparison: RecordingComparison) -> Markup:
    """Draw true events in the upper and recognised ones in the lower row of a lane, joined where matched."""
    axes = _axes_of(comparison)
    true_verdicts, seen_verdicts = _verdicts(comparison)
    parts = [_grid(axes), *(_lane(comparison, axes, shopper) for shopper in axes.lanes)]
    for pair in comparison.pairs:
        true, seen = comparison.true_events[pair.true], comparison.seen_events[pair.seen]
        parts.append(
            Markup('<line class="join {}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
                true_verdicts[pair.true],
                axes.x(true.contact_s),
                axes.y(true.shopper_id) + TRUE_ROW_PX,
                axes.x(seen.at_s),
                axes.y(seen.shopper) + SEEN_ROW_PX,
            )
        )
    for true, verdict in zip(comparison.true_events, true_verdicts, strict=True):
        second = true.contact_s - axes.start_s
        title = f"true {true.kind}: {true.product_id} by {true.shopper_id} at {second:.1f} s"
        y = axes.y(true.shopper_id) + TRUE_ROW_PX
        parts.append(_triangle(true.kind, axes.x(true.contact_s), y, f"{verdict} true", title))
    for seen, verdict in zip(comparison.seen_events, seen_verdicts, strict=True):
        title = (
            f"recognised {seen.kind}: {seen.product_id} by {seen.shopper or NOBODY}"
            f" at {seen.at_s - axes.start_s:.1f} s, confidence {seen.confidence:.2f}"
        )
        y = axes.y(seen.shopper) + SEEN_ROW_PX
        parts.append(_triangle(seen.kind, axes.x(seen.at_s), y, f"{verdict} seen", title))
    return svg(WIDTH_PX, axes.height + 22, f"Timeline of {comparison.name}", parts)


def _axes_of(comparison: RecordingComparison) -> _Axes:
    lanes = [basket.shopper for basket in comparison.baskets]
    if any(event.shopper not in lanes for event in comparison.seen_events):
        lanes.append(NOBODY)
    ticks = comparison.true_floor.at_s
    start_s = float(ticks[0]) if len(ticks) else 0.0
    return _Axes(start_s, max(comparison.run.media_s, 1.0), tuple(lanes))


def _verdicts(comparison: RecordingComparison) -> tuple[list[str], list[str]]:
    """Return the colour class of every true and of every recognised event."""
    true = ["bad"] * len(comparison.true_events)
    seen = ["bad"] * len(comparison.seen_events)
    for pair in comparison.pairs:
        happened, found = comparison.true_events[pair.true], comparison.seen_events[pair.seen]
        is_right = (happened.shopper_id, happened.product_id) == (found.shopper, found.product_id)
        true[pair.true] = seen[pair.seen] = "good" if is_right else "doubt"
    return true, seen


def _grid(axes: _Axes) -> Markup:
    step = 10 if axes.length_s <= 120 else 30
    return Markup("").join(
        Markup(
            '<line class="grid" x1="{0:.1f}" y1="8" x2="{0:.1f}" y2="{1}"/>'
            '<text class="tick" x="{0:.1f}" y="{2}" text-anchor="middle">{3} s</text>'
        ).format(axes.x(axes.start_s + second), axes.height, axes.height + 16, second)
        for second in range(0, int(axes.length_s) + 1, step)
    )


def _lane(comparison: RecordingComparison, axes: _Axes, shopper: str) -> Markup:
    y = axes.y(shopper)
    label = Markup(
        '<circle class="who{}" cx="6" cy="{:.1f}" r="5"/><text class="label" x="16" y="{:.1f}">{}</text>'
    ).format(colour_index(comparison, shopper), y + 25, y + 29, shopper)
    xy = comparison.true_floor.xy_m.get(shopper)
    present = np.flatnonzero(np.isfinite(xy).all(axis=1)) if xy is not None else ()
    if len(present) == 0:
        return label
    first, last = (axes.x(float(comparison.true_floor.at_s[present[end]])) for end in (0, -1))
    stay = Markup('<rect class="stay" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="46" rx="6"/>')
    return stay.format(first, y + 2, last - first) + label


def _triangle(kind: str, x: float, y: float, css: str, title: str) -> Markup:
    """Point up for a pick, down for a put-back."""
    tip = -6 if kind == "pick" else 6
    return Markup('<path class="mark {}" d="M{:.1f} {:.1f} l6 {} h-12 z"><title>{}</title></path>').format(
        css, x, y + tip, -2 * tip, title
    )
