"""How edge maps are made: which Canny, which thresholds, which dilation; and the map that comes out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


EdgeVariant = Literal["soft", "binary"]
ChannelOrder = Literal["bgr_release", "rgb"]
DilationRule = Literal["fixed", "adaptive", "none"]

_LARGEST_KERNEL = 15
_CHOICES: dict[str, tuple[str, ...]] = {
    "variant": ("soft", "binary"),
    "channel_order": ("bgr_release", "rgb"),
    "dilation": ("fixed", "adaptive", "none"),
}
WantedKind = Literal["overlap", "all"]
"""What detectors are measured against: all edges of the bodies as if each were alone, or those in view."""


@dataclass(frozen=True)
class EdgeSettings:
    """Everything an edge map depends on besides the picture. Raises ValueError for a value that cannot be.

    variant: soft = the magnitude left after non-maximum suppression, binary = double threshold with
        hysteresis.
    low, high: thresholds of the binary variant, on the magnitude of the 3x3 Sobel gradient (not divided by
        8) of a picture in [0,1]; a blurred black-to-white step reaches about 2.6.
    sigma, gaussian_size: the blur before the gradient, in pixels; the size is odd.
    channel_order: bgr_release gives red the weight of blue in the grey picture, as the public release does.
    dilation, kernel: fixed = a square of `kernel` pixels; adaptive = by the area of the person's tight box:
        up to `area_thresholds[i]` square pixels `area_kernels[i]`, above them the last (supplement S4); none.
    """

    variant: EdgeVariant = "soft"
    low: float = 0.1
    high: float = 0.2
    sigma: float = 1.0
    gaussian_size: int = 5
    channel_order: ChannelOrder = "bgr_release"
    dilation: DilationRule = "fixed"
    kernel: int = 5
    area_thresholds: tuple[float, ...] = (256.0, 4096.0, 65536.0)
    area_kernels: tuple[int, ...] = (1, 3, 5, 7)

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(choices)}")
        if not 0 < self.low <= self.high < math.inf:
            raise ValueError(f"thresholds are low {self.low}, high {self.high}; 0 < low <= high is needed")
        if not 0 < self.sigma < math.inf:
            raise ValueError(f"sigma is {self.sigma}; it must be above 0")
        if self.gaussian_size < 1 or self.gaussian_size % 2 == 0:
            raise ValueError(f"gaussian_size is {self.gaussian_size}; it must be odd and at least 1")
        self._check_kernels()

    def _check_kernels(self) -> None:
        for kernel in (self.kernel, *self.area_kernels):
            check_kernel(kernel)
        if len(self.area_kernels) != len(self.area_thresholds) + 1:
            raise ValueError(
                f"{len(self.area_thresholds)} area thresholds need {len(self.area_thresholds) + 1} kernels, "
                f"not {len(self.area_kernels)}"
            )
        if list(self.area_thresholds) != sorted(self.area_thresholds):
            raise ValueError(f"area_thresholds are {self.area_thresholds}; they must rise")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, TOML and a checkpoint's card."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EdgeSettings:
        """The reverse of `to_dict`; names left out keep their defaults, unknown names raise ValueError."""
        unknown = set(values) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown edge settings: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            if not _is_like(value, getattr(cls, name)):
                raise ValueError(f"{name} cannot be {value!r}")
        plain: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in values.items()}
        return cls(**plain)


def _is_like(value: object, default: object) -> bool:
    """Whether a value out of a file is of the kind of a setting's default."""
    if isinstance(default, tuple):
        return isinstance(value, list | tuple) and all(_is_like(one, default[0]) for one in value)
    if isinstance(default, str):
        return isinstance(value, str)
    return isinstance(value, int if isinstance(default, int) else int | float) and not isinstance(value, bool)


def check_kernel(kernel: int) -> None:
    """Raise ValueError unless `kernel` is an odd whole number from 1 to 15."""
    if kernel != int(kernel) or not 1 <= kernel <= _LARGEST_KERNEL or kernel % 2 == 0:
        raise ValueError(
            f"a dilation of {kernel} pixels is not possible; choose an odd number from 1 to {_LARGEST_KERNEL}"
        )


@dataclass(frozen=True, eq=False)
class EdgeMap:
    """Edge strength at every pixel, ready for a network or the screen.

    values: (H,W) float32 in [0,1].
    label: what it is, for example "Canny soft 5x5".
    source: what it was made from, as a sentence a person can read.
    """

    values: NDArray[np.float32]
    label: str
    source: str
