"""The demo recording played once with its truth and once without, for all end-to-end tests."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from walkout.demo import DemoResult, run_demo

RECORDING = Path(__file__).parents[2] / "recordings" / "demo"


@dataclass(frozen=True)
class PlayedDemo:
    out: Path
    result: DemoResult


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> PlayedDemo:
    out = tmp_path_factory.mktemp("demo")
    result = run_demo(RECORDING, out, port=0, with_video=True, console=Console(quiet=True))
    return PlayedDemo(out, result)


@pytest.fixture(scope="session")
def demo_without_truth(tmp_path_factory: pytest.TempPathFactory) -> PlayedDemo:
    out = tmp_path_factory.mktemp("demo-without-truth")
    recording = out / "recording"
    shutil.copytree(RECORDING, recording)
    (recording / "truth.json.gz").unlink()
    result = run_demo(recording, out, port=0, with_video=False, console=Console(quiet=True))
    return PlayedDemo(out, result)
