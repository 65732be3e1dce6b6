"""Edge settings: what they accept, and that they survive a round trip through JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sefd_viewer.edges.settings import EdgeSettings


def test_round_trip_through_json() -> None:
    settings = EdgeSettings(
        variant="binary", low=0.3, high=0.7, dilation="adaptive", area_kernels=(1, 1, 3, 9)
    )
    assert EdgeSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert EdgeSettings.from_dict({}) == EdgeSettings()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"variant": "hard"}, "variant is 'hard'; it must be one of soft, binary"),
        ({"channel_order": "bgr"}, "channel_order"),
        ({"dilation": "some"}, "dilation"),
        ({"low": 0.5, "high": 0.2}, "low 0.5, high 0.2"),
        ({"low": 0.0}, "0 < low"),
        ({"low": float("nan")}, "low nan"),
        ({"sigma": 0.0}, "sigma"),
        ({"gaussian_size": 4}, "gaussian_size is 4; it must be odd"),
        ({"kernel": 6}, "dilation of 6 pixels"),
        ({"area_kernels": (1, 3, 5, 8)}, "dilation of 8 pixels"),
        ({"area_kernels": (1, 3)}, "3 area thresholds need 4 kernels, not 2"),
        ({"area_thresholds": (9.0, 4.0, 1.0)}, "must rise"),
        ({"colour": "red"}, "unknown edge settings: colour"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        EdgeSettings.from_dict(values)


def test_settings_are_those_of_the_method_at_first() -> None:
    """Gaussian 5x5, sigma 1, the release's channels, thresholds 0.1 and 0.2, a square of five pixels."""
    assert EdgeSettings().to_dict() == {
        "variant": "soft",
        "low": 0.1,
        "high": 0.2,
        "sigma": 1.0,
        "gaussian_size": 5,
        "channel_order": "bgr_release",
        "dilation": "fixed",
        "kernel": 5,
        "area_thresholds": [256.0, 4096.0, 65536.0],
        "area_kernels": [1, 3, 5, 7],
    }
    assert EdgeSettings(low=0.3, high=0.3).low == 0.3
