"""What rendering costs: processor seconds per camera frame and per camera baked, and memory.

Films a few seconds of three shoppers in a process of its own, after a first film that compiled everything.
"""

import importlib.util
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

_SCENARIO, _SEED, _SHOPPERS = "easy", 1, 3
_SIZE_PX = (640, 480)
_BAKED_CAMERAS = 4
# Long enough for all three to have come in.
_FILM_S, _WARM_UP_S = 32.0, 0.2
HOW_TO_RENDER = "to measure rendering: .venv/bin/pip install '.[simulate]', then make bench again"


@dataclass(frozen=True, slots=True)
class RenderCost:
    """Processor seconds of all threads.

    Attributes:
        frames: Camera frames that were filmed.
        setup_s: Script, store, light and the empty pictures of all cameras.
        script_s: Of that, the script.
        film_s: Everything from the first frame to the last, H.264 and truth included.
    """

    scenario: str
    cameras: int
    size_px: tuple[int, int]
    frames: int
    setup_s: float
    script_s: float
    film_s: float
    peak_memory_mb: float


def measure_rendering() -> RenderCost | None:
    """Measure in a fresh process; None where the `simulate` extra is not installed."""
    if importlib.util.find_spec("numba") is None or importlib.util.find_spec("embreex") is None:
        return None
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure_here).result()


def describe_rendering(cost: RenderCost | None) -> str:
    """Spell the cost as a small table."""
    if cost is None:
        return HOW_TO_RENDER
    width, height = cost.size_px
    rows = (
        ("film, H.264 and truth included", 1000 * cost.film_s / cost.frames, "CPU ms per camera frame"),
        ("store, light and empty picture", (cost.setup_s - cost.script_s) / cost.cameras, "CPU s per camera"),
        ("script", cost.script_s, "CPU s per recording"),
        ("peak memory", cost.peak_memory_mb, "MB"),
    )
    title = (
        f"rendering: {cost.scenario}, {_SHOPPERS} shoppers, {cost.cameras} cameras of {width}x{height},"
        f" {cost.frames} camera frames"
    )
    return "\n".join([title, *(f"  {name:<32}{value:10.2f} {unit}" for name, value, unit in rows)])


def _measure_here() -> RenderCost:
    from datasets.synthetic.play.scenarios import Knobs, find_scenario, write_scenario
    from datasets.synthetic.simulate import fill_recording
    from datasets.synthetic.studio import FPS, SimulationOptions

    knobs = Knobs(shoppers=_SHOPPERS)
    with tempfile.TemporaryDirectory() as scratch:
        for name, longest_s in (("warm-up", _WARM_UP_S), ("film", _FILM_S)):
            folder = Path(scratch) / name
            folder.mkdir()
            options = SimulationOptions(
                knobs, longest_s=longest_s, largest_px=_SIZE_PX, most_cameras=_BAKED_CAMERAS
            )
            marks = [time.process_time()]
            fill_recording(
                _SCENARIO, _SEED, options, folder, lambda *_, now=marks: now.append(time.process_time())
            )
            cameras = len(list(folder.glob("*.mp4")))
    scenario = find_scenario(_SCENARIO)
    before = time.process_time()
    if scenario is not None:
        write_scenario(scenario, _SEED, knobs)
    script_s = time.process_time() - before
    return RenderCost(
        scenario=_SCENARIO,
        cameras=cameras,
        size_px=_SIZE_PX,
        frames=(min(len(marks) - 1, round(_FILM_S * FPS)) - 1) * cameras,
        setup_s=marks[1] - marks[0],
        script_s=script_s,
        film_s=marks[-1] - marks[1],
        peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )
