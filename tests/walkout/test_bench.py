from dataclasses import replace

from walkout.bench import BenchReport, Cost, describe
from walkout.render_bench import RenderCost, describe_rendering
from walkout.run_result import StageCpu

OURS = Cost("ours", 400, (StageCpu("decode", 0.8), StageCpu("detect", 4.0)), wall_s=4.0)
THEIRS = Cost("theirs", 396, (StageCpu("track", 7.92),), wall_s=9.9)
REPORT = BenchReport("demo", cameras=4, fps=10.0, cores=2, ours=OURS, theirs=THEIRS)


def test_every_stage_is_given_per_camera_frame() -> None:
    lines = describe(REPORT).splitlines()

    assert [line.split()[:2] for line in lines if "CPU ms" in line] == [
        ["decode", "2.00"],
        ["detect", "10.00"],
        ["together", "12.00"],
        ["track", "20.00"],
    ]


def test_speed_is_compared_with_the_cameras_and_with_each_other() -> None:
    text = describe(REPORT)

    assert "2.50 times as fast as the cameras" in text
    assert "1.00 times as fast as the cameras" in text
    assert "1.67 times our processor time" in text


def test_without_ultralytics_it_says_how_to_compare() -> None:
    assert describe(replace(REPORT, theirs=None)).endswith("then make bench again")


def test_rendering_is_given_per_camera_frame_and_per_camera() -> None:
    cost = RenderCost("easy", 4, (640, 480), 100, setup_s=9.0, script_s=1.0, film_s=5.0, peak_memory_mb=700.0)

    lines = describe_rendering(cost).splitlines()

    assert [line.split()[-6:] for line in lines[1:3]] == [
        ["included", "50.00", "CPU", "ms", "per", "camera", "frame"][-6:],
        ["picture", "2.00", "CPU", "s", "per", "camera"],
    ]
    assert "700.00 MB" in lines[-1]


def test_without_the_renderer_it_says_how_to_measure_it() -> None:
    assert describe_rendering(None).endswith("then make bench again")
