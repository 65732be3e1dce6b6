"""Table 2: what networks measure, against counts made by hand and the supplement's print."""

from __future__ import annotations

import json

import pytest
import torch

from sefd_viewer.cli.main import main
from sefd_viewer.networks.edge_estimators import DeoccludingEdgeEstimator, UNet
from sefd_viewer.networks.profiling import table_2, to_words
from sefd_viewer.resources import resource_path


def unet_macs(size: int) -> int:
    """Multiply-accumulates of the U-Net with 64 to 1024 channels on an RGB picture, layer by layer."""
    widths, total, channels = [64, 128, 256, 512, 1024], 0, 3
    for level, width in enumerate(widths):
        pixels = (size >> level) ** 2
        total += pixels * 9 * (channels * width + width * width)
        channels = width
    for level in range(3, -1, -1):
        pixels, width = (size >> level) ** 2, widths[level]
        total += pixels * 2 * width * width  # each pixel is written by one of the four taps of a 2x2 kernel
        total += pixels * 9 * (2 * width * width + width * width)
    return total + size**2 * 64


def test_table_2_is_measured_beside_what_the_supplement_prints():
    rows = {row.name: row for row in table_2()}
    assert [round(rows[name].used_parameters / 1e6, 1) for name in rows] == [30.2, 30.2, 61.2, 92.3]
    assert [row.printed_parameters_m for row in rows.values()] == [30.2, 30.2, 61.2, 92.2]
    assert rows["baseline"].macs / 1e9 == pytest.approx(5.58, abs=0.01)
    assert rows["sefd"].macs / 1e9 == pytest.approx(5.63, abs=0.01)
    assert rows["see"].macs - rows["sefd"].macs == unet_macs(256)
    counted = (rows["see"].counted_macs - rows["sefd"].counted_macs) / 1e9
    assert counted == pytest.approx(111.1 - 56.4, abs=0.2), "as the supplement counts a U-Net"
    words = " ".join(to_words(list(rows.values())))
    assert "a tenth of what is printed" in words
    assert "48.2 G" in words


def test_a_unet_has_the_published_size_and_keeps_the_size_of_odd_pictures():
    network = UNet(3).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == 31_037_633
    assert {"inc.double_conv.0.weight", "down4.maxpool_conv.1.double_conv.3.weight", "up1.up.bias"} < set(
        network.state_dict()
    )
    small = UNet(3, (4, 8, 8, 8, 8)).eval()
    assert small(torch.rand(1, 3, 37, 50)).shape == (1, 1, 37, 50)


def test_edges_outside_occluders_are_left_as_they_were_found():
    torch.manual_seed(0)
    network = DeoccludingEdgeEstimator((4, 8, 8)).eval()
    torch.nn.init.constant_(network.completion.outc["conv"].bias, 2.0)
    crop, occluders = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    occluders[..., :8] = 1
    with torch.no_grad():
        edges = network(crop, occluders)
        assert torch.equal(edges[..., 8:], network.edges(crop).clamp(0, 1)[..., 8:])
        assert (edges[..., :8] == 1).all()


def test_profile_prints_table_2_and_any_checkpoint(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["profile", "--json"])
    assert ended.value.code == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["baseline", "sefd", "see", "sesd"]
    with pytest.raises(SystemExit) as ended:
        main(["profile", str(resource_path("weights/student.safetensors"))])
    assert ended.value.code == 0
    assert "student.safetensors" in capsys.readouterr().out
