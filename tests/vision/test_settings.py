from datetime import UTC, datetime

import pytest

from vision.errors import SettingsError
from vision.providers import Provider
from vision.settings import VisionSettings, read_settings


def test_a_recording_is_read_from_its_folder_or_its_file(recording):
    settings = read_settings(recording)

    assert [camera.camera_id for camera in settings.cameras] == ["cam1", "cam2"]
    assert settings.cameras[0].video == str(recording / "cam1.mp4")
    assert settings.recording.gate_log == recording / "gate.jsonl"
    assert settings.recording.start_s == datetime(2026, 5, 4, 9, tzinfo=UTC).timestamp()
    assert settings.store_map.product_ids == ("MILK", "RICE")
    assert read_settings(recording / "store.toml").path == settings.path


def test_a_store_names_the_confidence_that_was_fitted_for_it(recording):
    edit(recording, ("[store]", '[tracker]\nconfidence = "confidence.json"\n\n[store]'))

    assert read_settings(recording).confidence_path == recording / "confidence.json"


def test_a_live_store_has_no_recording_and_keeps_its_stream_addresses(recording):
    edit(recording, ('[recording]\ngate = "gate.jsonl"\nstart_at = "2026-05-04T09:00:00Z"\nfps = 10\n', ""))
    edit(recording, ('video = "cam1.mp4"', 'video = "rtsp://10.0.0.5/main"'))
    edit(recording, ('video = "cam2.mp4"', 'video = "rtsp://10.0.0.6/main"'))

    settings = read_settings(recording)

    assert settings.recording is None
    assert settings.cameras[0].video == "rtsp://10.0.0.5/main"
    assert settings.cameras[0].is_live


def test_vision_says_what_computes_the_networks_and_whether_quiet_frames_are_skipped(recording):
    assert read_settings(recording).vision == VisionSettings(Provider.AUTO, "shopper-pose", motion_gate=False)
    edit(recording, ("[store]", '[vision]\nprovider = "cuda"\nmotion_gate = true\n\n[store]'))

    assert read_settings(recording).vision == VisionSettings(Provider.CUDA, "shopper-pose", motion_gate=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[store]", '[vision]\nprovider = "npu"\n[store]'), "provider is 'npu'; give one of 'auto', 'cpu'"),
        (("[store]", "[vision]\nmotion_gate = 1\n[store]"), "motion_gate is 1, give true or false"),
        (('id = "cam2"', 'id = "cam1"'), "two cameras are called 'cam1'; give each its own id"),
        (('product = "RICE"', 'product = "TEA"'), "slot 'rice' holds unknown product 'TEA'; add it"),
        (("matrix =", "matrice ="), "camera 'cam1' has no calibration; give matrix"),
        (('video = "cam1.mp4"\n', ""), "camera 'cam1' has no video"),
        (("[store]", "[store"), "is not valid TOML"),
        (('currency = "EUR"\n', ""), "'currency' is missing"),
        (('00Z"', '00"'), "has no time zone; end it with Z"),
        (("fps = 10\nmatrix", "matrix"), "'fps' is missing"),
        (("fps = 10\nmatrix", "fps = 0\nmatrix"), "fps is 0.0, expected a positive number"),
        (('start_at = "2026-05-04T09:00:00Z"\n', ""), "'start_at' is missing"),
    ],
)
def test_a_store_that_cannot_work_is_refused_with_file_and_reason(recording, change, message):
    edit(recording, change)

    with pytest.raises(SettingsError) as caught:
        read_settings(recording)

    assert message in str(caught.value)
    assert str(recording / "store.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_what_to_give(tmp_path):
    with pytest.raises(SettingsError, match=r"store\.toml does not exist; give a store\.toml or the folder"):
        read_settings(tmp_path)


def test_a_file_that_is_not_text_is_refused(recording):
    (recording / "store.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(recording)


def test_a_store_without_cameras_is_refused(recording):
    path = recording / "store.toml"
    path.write_text(path.read_text().split("[[cameras]]")[0])

    with pytest.raises(SettingsError, match=r"no \[\[cameras\]\]; add at least one"):
        read_settings(recording)


def edit(recording, change):
    path = recording / "store.toml"
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(change[0], change[1]))
