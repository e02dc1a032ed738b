"""A share with its interval, and CPU by stage."""

from collections.abc import Iterable

from markupsafe import Markup

from datasets.metrics.rates import Rate
from walkout.plots.svg import svg
from walkout.run_result import StageCpu

RATE_PX = 132  # length of the 0-1 scale
BAR_PX = 560  # length of the longest stage
ROW_PX = 30


def rate_bar(rate: Rate) -> Markup:
    """Draw a share on a 0-1 scale with its interval; nothing where there was nothing to count."""
    if rate.value is None or rate.low is None or rate.high is None:
        return Markup("")
    low, high, value = (4 + RATE_PX * share for share in (rate.low, rate.high, rate.value))
    return Markup(
        '<svg class="rate" viewBox="0 0 140 14" width="140" height="14" aria-hidden="true">'
        '<line class="track" x1="4" y1="7" x2="136" y2="7"/>'
        '<line class="band" x1="{:.1f}" y1="7" x2="{:.1f}" y2="7"/>'
        '<circle class="dot" cx="{:.1f}" cy="7" r="4"/></svg>'
    ).format(low, high, value)


def stage_bars(stages: Iterable[StageCpu]) -> Markup:
    """Draw CPU milliseconds per camera frame, one bar a stage."""
    rows = list(stages)
    longest = max((row.cpu_s for row in rows), default=0.0) or 1.0
    total = sum(row.cpu_s for row in rows) or 1.0
    bars = [
        _stage_bar(row, 6 + ROW_PX * i, row.cpu_s / longest, row.cpu_s / total) for i, row in enumerate(rows)
    ]
    return svg(860, 6 + ROW_PX * len(rows), "CPU by stage", bars)


def _stage_bar(stage: StageCpu, y: float, length: float, share: float) -> Markup:
    width = BAR_PX * length
    return Markup(
        "<g><title>{name}: {ms:.2f} ms per camera frame</title>"
        '<text class="label" x="120" y="{text_y}" text-anchor="end">{name}</text>'
        '<rect class="bar" x="130" y="{y}" width="{width:.1f}" height="18" rx="4"/>'
        '<text class="value" x="{text_x:.1f}" y="{text_y}">{ms:.2f} ms · {percent:.0f} %</text></g>'
    ).format(
        name=stage.stage,
        ms=1000 * stage.cpu_s,
        percent=100 * share,
        y=y,
        text_y=y + 14,
        width=max(width, 1.5),
        text_x=138 + width,
    )
