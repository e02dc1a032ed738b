"""What the plots share: the frame of a picture, and one colour per shopper."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from walkout.comparison import RecordingComparison

WHO_COLOURS = 8


def svg(width: float, height: float, label: str, parts: Iterable[Markup]) -> Markup:
    """Wrap parts into one picture that scales with the page."""
    return Markup(
        '<svg class="plot" viewBox="0 0 {:.0f} {:.0f}" style="max-width:{:.0f}px" role="img" aria-label="{}">'
        "{}</svg>"
    ).format(width, height, width, escape(label), Markup("").join(parts))


def colour_index(comparison: RecordingComparison, shopper: str | None) -> int:
    """Return the number of the colour class of a shopper, the same in all plots of a recording."""
    labels = [basket.shopper for basket in comparison.baskets]
    return (labels.index(shopper) if shopper in labels else len(labels)) % WHO_COLOURS
