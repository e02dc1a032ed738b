import json
from dataclasses import replace

import pytest

from vision.settings import VisionSettings, read_settings
from walkout.bench import BenchReport, describe, write_json
from walkout.bench_runs import Cost, Plan, in_fresh_process, play_store, with_cameras
from walkout.cli import DEMO_RECORDING
from walkout.render_bench import RenderCost, describe_rendering
from walkout.run_result import StageCpu

STAGES = (StageCpu("decode", 0.8), StageCpu("detect", 3.2))
OURS = Cost("ours", 8, 400, 400, STAGES, cpu_s=4.4, wall_s=4.0, peak_memory_mb=500.0)
GATED = Cost("gated", 12, 600, 450, STAGES, cpu_s=5.4, wall_s=5.0, peak_memory_mb=600.0)
THEIRS = Cost("theirs", 1, 400, 400, (), cpu_s=35.2, wall_s=40.0, peak_memory_mb=900.0)
REPORT = BenchReport("demo", "cpu", 10.0, 2, (OURS, GATED), (THEIRS,), gpu_frames_per_s=None)


def test_every_stage_is_given_per_camera_frame_and_what_is_left_of_the_process() -> None:
    lines = describe(REPORT).splitlines()

    assert lines[2].split()[-3:] == ["decode", "detect", "rest"]
    assert lines[3].split() == ["ours", "2.00", "8.00", "1.00"]


def test_cameras_in_real_time_share_looked_at_and_memory_are_given() -> None:
    lines = describe(REPORT).splitlines()

    assert lines[7].split() == ["ours", "11.00", "8", "10.0", "100%", "500"]
    assert lines[8].split() == ["gated", "9.00", "12", "12.0", "75%", "600"]


def test_ultralytics_is_compared_by_camera_frames_per_processor_second() -> None:
    assert "8.00 times those of theirs" in describe(REPORT)


def test_without_ultralytics_it_says_how_to_compare() -> None:
    assert describe(replace(REPORT, theirs=())).endswith("then make bench again")


def test_a_gpu_is_told_in_frames_and_cameras() -> None:
    assert "one GPU: 815 camera frames a second, 82 cameras" in describe(
        replace(REPORT, gpu_frames_per_s=815.0)
    )


def test_the_json_says_what_the_table_says(tmp_path) -> None:
    write_json(REPORT, tmp_path / "out" / "bench.json")

    run = json.loads((tmp_path / "out" / "bench.json").read_text())["runs"][0]
    assert run["stage_cpu_ms_per_frame"] == {"decode": pytest.approx(2.0), "detect": pytest.approx(8.0)}
    assert run["cameras_in_real_time"] == pytest.approx(10.0)
    assert run["frames_per_cpu_s"] == pytest.approx(1000 / 11)


def test_a_store_of_four_cameras_is_played_as_one_of_ten() -> None:
    settings = with_cameras(read_settings(DEMO_RECORDING), 10)

    names = [camera.camera_id for camera in settings.cameras]
    assert len(set(names)) == 10
    assert names[:5] == ["cam1", "cam2", "cam3", "cam4", "cam1-2"]


@pytest.mark.slow
def test_a_gated_store_is_played_and_measured() -> None:
    plan = Plan(DEMO_RECORDING, cameras=5, seconds=3.0, vision=VisionSettings(motion_gate=True))

    cost = in_fresh_process(play_store, "ours", plan)

    assert 5 * 25 <= cost.frames <= 5 * 40
    assert 0 < cost.looked < cost.frames
    assert 100 < cost.peak_memory_mb < 1200
    assert 0 < sum(stage.cpu_s for stage in cost.stages) <= cost.cpu_s


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
