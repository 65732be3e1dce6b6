"""The parts: heatmaps, soft-argmax, graph convolutions, rotations, VPoser, the body as a layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.joints import GRAPH15
from sefd_viewer.geometry.rotations import axis_angle_to_matrix
from sefd_viewer.geometry.rotations import rotation_6d_to_matrix as numpy_6d_to_matrix
from sefd_viewer.networks.backbone import gaussian_heatmaps
from sefd_viewer.networks.body_layer import BodyLayer
from sefd_viewer.networks.decoders import VPoserDecoder, rotation_6d_to_matrix
from sefd_viewer.networks.graph_conv import GraphConv, normalised_adjacency
from sefd_viewer.networks.position_net import sample_volume, soft_argmax
from sefd_viewer.networks.rotation_net import sample_at_joints


def test_heatmaps_follow_the_formula_and_the_mask() -> None:
    joints = torch.rand(2, 30, 2) * 80 - 8
    mask = (torch.rand(2, 30) > 0.5).float()
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    dx, dy = x - joints[..., 0, None, None], y - joints[..., 1, None, None]
    expected = torch.exp(-((dx / 2.5) ** 2) / 2 - ((dy / 2.5) ** 2) / 2) * mask[..., None, None]
    torch.testing.assert_close(gaussian_heatmaps(joints, mask), expected, atol=1e-6, rtol=0)


def test_soft_argmax_finds_a_sharp_peak_and_reads_its_score() -> None:
    volume = torch.zeros(1, 2, 8, 8, 8)
    volume[0, 0, 5, 2, 7] = 1
    volume[0, 1, 0, 3, 4] = volume[0, 1, 0, 3, 5] = 0.5
    joints = soft_argmax(volume)
    torch.testing.assert_close(joints, torch.tensor([[[7.0, 2.0, 5.0], [4.5, 3.0, 0.0]]]))
    torch.testing.assert_close(sample_volume(volume, joints), torch.tensor([[1.0, 0.5]]))


def test_joint_features_are_read_at_x_and_y() -> None:
    y, x = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    joints = torch.rand(3, 15, 3) * 7
    features = torch.stack((x, y)).expand(3, 2, 8, 8)
    torch.testing.assert_close(sample_at_joints(features, joints), joints[..., :2])


def test_adjacency_is_symmetric_with_left_right_partners() -> None:
    adjacency = normalised_adjacency(GRAPH15)
    torch.testing.assert_close(adjacency, adjacency.T)
    left, right = GRAPH15.index("L_Wrist"), GRAPH15.index("R_Wrist")
    # A wrist meets itself, its elbow and its partner: every one of its degrees is 3.
    assert adjacency[left, right] == pytest.approx(1 / 3)
    assert adjacency[left, GRAPH15.index("Pelvis")] == 0


class SeparateGraphConv(nn.Module):
    """The released form: a Linear and a batch norm for each joint, one after the other."""

    def __init__(self, adjacency: torch.Tensor, inputs: int, outputs: int) -> None:
        super().__init__()
        self.adjacency = adjacency
        self.fcbn_list = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)) for _ in range(len(adjacency))
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        mapped = torch.stack([layer(features[:, j]) for j, layer in enumerate(self.fcbn_list)], 1)
        return torch.relu(torch.matmul(self.adjacency, mapped))


def test_batched_graph_convolution_equals_fifteen_separate_ones() -> None:
    adjacency = normalised_adjacency(GRAPH15)
    separate, batched = SeparateGraphConv(adjacency, 20, 12), GraphConv(adjacency, 20, 12)
    for features in torch.randn(3, 8, 15, 20):  # training moves the running statistics
        separate(features)
    batched.load_state_dict(separate.state_dict())
    features = torch.randn(8, 15, 20)
    torch.testing.assert_close(batched(features), separate(features), atol=1e-5, rtol=0)
    for name, tensor in batched.state_dict().items():
        torch.testing.assert_close(tensor, separate.state_dict()[name], atol=1e-6, rtol=1e-5)
    expected = separate.eval()(features)
    torch.testing.assert_close(batched.eval()(features), expected, atol=1e-5, rtol=0)
    batched.fold_norm()
    torch.testing.assert_close(batched(features), expected, atol=1e-5, rtol=0)


def test_graph_convolution_names_missing_unexpected_and_misshapen_entries() -> None:
    layer = GraphConv(normalised_adjacency(GRAPH15), 4, 3)
    state = layer.state_dict()
    del state["fcbn_list.7.0.bias"]
    state["fcbn_list.15.0.bias"] = torch.zeros(3)
    found = layer.load_state_dict(state, strict=False)
    assert found.missing_keys == ["fcbn_list.7.0.bias"]
    assert found.unexpected_keys == ["fcbn_list.15.0.bias"]
    state["fcbn_list.0.0.weight"] = torch.zeros(3, 5)
    with pytest.raises(RuntimeError, match=r"fcbn_list\.0\.0\.weight: \(3, 5\) in the file, \(3, 4\) here"):
        layer.load_state_dict(state, strict=False)


def test_rotations_from_six_numbers_equal_the_numpy_form() -> None:
    d6 = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    found = rotation_6d_to_matrix(torch.from_numpy(d6)).numpy()
    np.testing.assert_allclose(found, numpy_6d_to_matrix(d6), atol=1e-5)


def test_vposer_leaves_the_hands_at_rest_and_stays_frozen() -> None:
    decoder = VPoserDecoder().train()
    code = torch.randn(4, 32)
    rotations = decoder(code)
    torch.testing.assert_close(rotations, decoder(code))  # no dropout
    torch.testing.assert_close(rotations[:, 21:], torch.eye(3).expand(4, 2, 3, 3))
    assert not any(parameter.requires_grad for parameter in decoder.parameters())
    mean, deviation = decoder.vposer.encode(torch.randn(4, 21, 3))
    assert mean.shape == deviation.shape == (4, 32)


def test_body_layer_equals_the_numpy_body(open_body: BodyModel, sample_poses: NDArray[np.float32]) -> None:
    rng = np.random.default_rng(0)
    betas, transl = rng.normal(size=(10, 10)).astype("f4"), rng.normal(size=(10, 3)).astype("f4")
    expected = open_body.forward_batch(sample_poses[:, :3], sample_poses[:, 3:], betas, transl)
    rotations = torch.from_numpy(axis_angle_to_matrix(sample_poses.reshape(10, 24, 3)))
    inputs = rotations, torch.from_numpy(betas), torch.from_numpy(transl)
    vertices, joints = BodyLayer(open_body)(*inputs)
    np.testing.assert_allclose(vertices, expected.vertices, atol=1e-5)
    np.testing.assert_allclose(joints, expected.joints, atol=1e-5)
    some, same_joints = BodyLayer(open_body, vertices=[331, 12, 6000])(*inputs)
    np.testing.assert_allclose(some, expected.vertices[:, [331, 12, 6000]], atol=1e-5)
    np.testing.assert_allclose(same_joints, expected.joints, atol=1e-5)


def test_body_layer_bends_with_pose_dependent_shapes(open_body: BodyModel) -> None:
    rng = np.random.default_rng(1)
    posedirs = rng.normal(scale=0.01, size=(open_body.vertex_count, 3, 207)).astype("f4")
    body = replace(open_body, posedirs=posedirs)
    pose, zeros = rng.normal(size=(2, 72)).astype("f4"), np.zeros((2, 10), "f4")
    expected = body.forward_batch(pose[:, :3], pose[:, 3:], zeros, zeros[:, :3])
    rotations = torch.from_numpy(axis_angle_to_matrix(pose.reshape(2, 24, 3)))
    vertices, _ = BodyLayer(body)(rotations, torch.zeros(2, 10), torch.zeros(2, 3))
    np.testing.assert_allclose(vertices, expected.vertices, atol=1e-5)
