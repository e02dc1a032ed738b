"""Plots of the report as inline SVG.

    svg       what all of them share
    bars      a share with its interval; CPU by stage
    timeline  true and recognised events of one recording
    floor     where people walked and where the tracker had them

Colours are CSS classes (`good`, `doubt`, `bad`, `who0` ... `who7`): the page decides them for light and
dark. No script, no picture files; marks carry a `<title>` that browsers show on hover.
"""
