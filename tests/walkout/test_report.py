import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from rich.console import Console

from walkout.errors import OutputError
from walkout.figures import figures_of, figures_per_scenario
from walkout.plots.floor import floor_plan
from walkout.plots.timeline import timeline
from walkout.report import ReportClip, headline, write_report
from walkout.run_result import LineDecision, VisitLine
from walkout.tables import accuracy_line, figures_table, receipts_table, scenarios_table


class References(HTMLParser):
    """Everything a page loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]


@pytest.fixture
def truth(build):
    return build.truth(
        [
            build.act("shopper-1", "pick", "cola", 4.0),
            build.act("shopper-1", "put", "cola", 7.0),
            build.act("shopper-2", "pick", "beans", 9.0),
        ],
        ["shopper-1", "shopper-2"],
    )


@pytest.fixture
def wrong(build, truth):
    """Shopper 1 keeps the cola, shopper 2 is not noticed, somebody who did not come gets a receipt."""
    run = build.perfect_run(truth)
    visits = (build.visit("shopper-1", {"cola": 1}), build.visit("shopper-9", {}))
    return build.comparison(
        truth, build.replace(run, visits=visits, events=run.events[:1]), name="wrong & <odd>"
    )


@pytest.fixture
def right(build, truth):
    return build.comparison(truth, build.perfect_run(truth), name="right")


def shown(renderable):
    console = Console(width=140, record=True, file=None, quiet=False, no_color=True)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def test_the_page_is_self_contained_and_escapes_names(tmp_path, wrong, right):
    clip = ReportClip("wrong & <odd>", tmp_path / "clips" / "a.mp4", "shopper-1, 4.0 s")
    page = write_report(tmp_path, [wrong, right], [clip]).read_text(encoding="utf-8")
    references = References()
    references.feed(page)
    assert references.found == ["clips/a.mp4#t=3"]
    assert "wrong &amp; &lt;odd&gt;" in page
    assert "<odd>" not in page
    assert "SIMULATOR SCORE" in page


def test_the_page_says_who_was_missed_and_who_never_came(tmp_path, wrong):
    page = write_report(tmp_path, [wrong]).read_text(encoding="utf-8")
    assert "The store did not notice this shopper." in page
    assert "Nobody came with this account." in page
    assert "0 of 3 receipts are exactly right." in page


def test_the_page_unfolds_recordings_with_mistakes_first(tmp_path, wrong, right):
    page = write_report(tmp_path, [right, wrong]).read_text(encoding="utf-8")
    assert page.index("wrong &amp;") < page.index('<span class="bold">right</span>')


def test_a_report_where_a_file_is_in_the_way_is_one_line(tmp_path, right):
    (tmp_path / "report").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(tmp_path / "report", [right])


def test_a_report_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one"):
        write_report(tmp_path, [])


@pytest.mark.parametrize("plot", [timeline, floor_plan])
def test_plots_are_well_formed_with_and_without_mistakes(plot, wrong, right):
    for comparison in (wrong, right):
        assert ET.fromstring(str(plot(comparison))).tag == "svg"  # noqa: S314  # our own output


def test_the_timeline_marks_missed_events_bad_and_found_ones_good(wrong, right):
    assert str(timeline(right)).count("mark good") == 6
    # one pick found (two marks); a put-back and a pick missed
    assert str(timeline(wrong)).count("mark good") == 2
    assert str(timeline(wrong)).count("mark bad") == 2


def test_an_event_of_nobody_gets_a_lane_of_its_own(build, truth):
    run = build.perfect_run(truth)
    events = (build.replace(run.events[0], shopper=None), *run.events[1:])
    assert "nobody" in str(timeline(build.comparison(truth, build.replace(run, events=events))))


def test_receipts_stand_beside_the_truth_on_the_console(wrong):
    text = shown(receipts_table(wrong))
    assert "(not noticed)" in text
    assert "(nobody came)" in text
    assert "1.50 EUR" in text


def test_a_line_in_review_says_so(build, truth):
    doubtful = build.replace(
        build.visit("shopper-2", {}),
        lines=(VisitLine("beans", 1, 0.5, LineDecision.REVIEW),),
        is_in_review=True,
    )
    run = build.perfect_run(truth)
    comparison = build.comparison(truth, build.replace(run, visits=(run.visits[0], doubtful)))
    text = shown(receipts_table(comparison))
    assert "Beans (review)" in text
    assert "right, in review" in text


def test_every_rate_is_shown_with_its_count_and_interval(right, wrong):
    text = shown(figures_table(figures_of([right, wrong]), "EUR"))
    assert "5 baskets" in text
    # 2 of 5 exact
    assert "40.0 %" in text
    assert "11.8 to 76.9 %" in text
    assert "easy" in shown(scenarios_table(figures_per_scenario([right, wrong])))


def test_the_result_in_one_line(right, wrong):
    assert headline(figures_of([right])) == "All 2 receipts are exactly right."
    assert accuracy_line(figures_of([right, wrong])).startswith("2 of 5 baskets exact (40.0 %")
    assert "simulator score" in accuracy_line(figures_of([right]))


def test_nobody_came_is_said_and_not_divided_by(build, tmp_path):
    truth = build.truth([], [])
    comparison = build.comparison(truth, build.perfect_run(truth))
    page = write_report(tmp_path, [comparison]).read_text(encoding="utf-8")
    assert "Nobody came" in page
    assert accuracy_line(figures_of([comparison])) == "no basket to judge"
