"""Wrists as rays, and what hands seem to hold, in the frames of one camera."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import StoreMap
from datasets.observation_simulator.bodies import EMPTY, Bodies
from datasets.observation_simulator.noise import HandNoise
from datasets.observation_simulator.people import Found
from datasets.observation_simulator.random_walks import spells
from datasets.observation_simulator.sight import Sight
from vision.camera_model import CameraModel
from vision.hand_readers import LEAST_LOG_LIKELIHOOD
from vision.hands import near_shelves

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_EXCHANGED_FRAMES = 5.0
_GUESS_M = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Wrists:
    """Wrists in the frames of one camera.

    Attributes:
        direction: `(t, p, 2, 3)` unit vectors, NaN where not seen.
        sigma_rad: `(t, p, 2)`.
        shows: `(t, p, 2)` the hand that each of them really is.
        is_looked_at: `(t, p, 2)` whether what it holds is told.
    """

    direction: FloatArray
    sigma_rad: FloatArray
    shows: IntArray
    is_looked_at: BoolArray


def find_wrists(
    camera: CameraModel,
    store_map: StoreMap,
    bodies: Bodies,
    ticks: IntArray,
    sight: Sight,
    found: Found,
    noise: HandNoise,
    rng: np.random.Generator,
) -> Wrists:
    """Draw which wrists are seen, and where."""
    frames, n = found.is_found.shape
    seen = sight.wrist & (rng.random((frames, n, 2)) >= noise.wrist_miss)
    guessed = ~sight.wrist & (rng.random((frames, n, 2)) < noise.wrist_guessed)
    there = (seen | guessed) & found.is_found[:, :, None]
    is_exchanged = spells(rng, (frames, n), noise.exchanged, _EXCHANGED_FRAMES)
    shows = np.where(is_exchanged[:, :, None], [1, 0], [0, 1]) + np.zeros((frames, n, 2), np.int64)
    wrist = np.take_along_axis(bodies.wrist_m[ticks], shows[..., None], axis=2)
    there = np.take_along_axis(there, shows, axis=2)
    is_guess = np.take_along_axis(guessed, shows, axis=2)
    off = rng.normal(0, _GUESS_M, wrist.shape) * is_guess[..., None]
    ray = wrist + off - camera.position_m
    ray = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    sigma_rad = noise.wrist_px * camera.size_px[0] / 640 / camera.matrix[0, 0]
    ray = ray + rng.normal(0, sigma_rad, ray.shape)
    ray = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    claimed = np.where(is_guess, 2.0, 1.0) * sigma_rad
    floor = np.where(found.is_found[..., None], found.xy_m, np.nan).reshape(-1, 2)
    near = near_shelves(floor, store_map).reshape(frames, n)
    return Wrists(
        np.where(there[..., None], ray, np.nan),
        np.where(there, claimed, np.nan),
        shows,
        there & near[:, :, None] & ~(is_guess & (rng.random(there.shape) < 0.5)),
    )


class Reader:
    """Says what hands seem to hold; a grip that looks like something else does so while it lasts."""

    def __init__(self, n_products: int, noise: HandNoise, rng: np.random.Generator) -> None:
        """Draw which products look alike; the same for all cameras that share `rng`'s seed."""
        self._n, self._noise, self._rng = n_products, noise, rng
        self._bias: dict[tuple[int, int], tuple[int, FloatArray]] = {}
        self._alike = np.full((n_products, n_products), noise.product_margin)
        for product in range(n_products):
            others = rng.permutation(np.delete(np.arange(n_products), product))[: noise.lookalikes]
            self._alike[product, others] = self._alike[others, product] = noise.lookalike_margin

    def read(self, person: int, hand: int, held: int) -> FloatArray:
        """Return `(1 + n_products,)` log likelihoods of one look at a hand that holds a product or `EMPTY`.

        Margins are normal with a variance of their mean: half of what they would have if two things were all
        there is, because a classifier that must tell dozens apart is calibrated on the whole of them.
        """
        rng, noise = self._rng, self._noise
        if rng.random() < noise.misread:
            held = int(rng.integers(-1, self._n))
        known, bias = self._bias.get((person, hand), (None, np.empty(0)))
        if known != held:
            bias = rng.normal(size=1 + self._n)
            self._bias[person, hand] = (held, bias)
        drawn = np.sqrt(noise.constant) * bias + np.sqrt(1.0 - noise.constant) * rng.normal(size=1 + self._n)
        logits = np.empty(1 + self._n)
        if held == EMPTY:
            common = -_margin(noise.empty_margin, drawn[0])
            logits[0], logits[1:] = 0.0, common - 1.0 + 0.7 * drawn[1:]
        else:
            logits[0] = -_margin(noise.empty_margin, drawn[0])
            margins = self._alike[held]
            logits[1:] = -_margin(margins, drawn[1:])
            logits[1 + held] = 0.0
        nats = logits - np.logaddexp.reduce(logits)
        read: FloatArray = np.round(np.maximum(nats, LEAST_LOG_LIKELIHOOD), 3)
        return read

    def count(self, units: int) -> FloatArray:
        """Return `(3,)` log likelihoods of one, two, three or more units, of one look at a full hand."""
        nats = -_margin(self._noise.units_margin, self._rng.normal(size=3))
        nats[min(max(units, 1), 3) - 1] = 0.0
        told: FloatArray = np.round(nats - np.logaddexp.reduce(nats), 3)
        return told


def _margin(mean: FloatArray | float, standard: FloatArray | float) -> FloatArray:
    margin: FloatArray = np.asarray(mean + np.sqrt(np.asarray(mean)) * standard)
    return margin
