"""The whole network: sizes, names, what goes in and out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from sefd_viewer.geometry import SMPL30
from sefd_viewer.networks.cards import PRESET_NAMES, ROLES, PresetName, Role, input_channels
from sefd_viewer.networks.inference_form import prepare_for_inference
from sefd_viewer.networks.mesh_network import (
    MeshNetwork,
    MeshOutput,
    build_network,
    camera_k,
    camera_translation,
)
from tests.networks.conftest import random_inputs

RELEASED_TABLE = {"pose2feat": 54_336, "position_net": 245_880, "rotation_net": 6_055_731, "vposer": 673_596}


def parameter_counts(network: torch.nn.Module) -> dict[str, int]:
    return {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}


@pytest.mark.parametrize(("role", "backbone"), [("baseline", 23_508_032), ("student", 23_511_168)])
def test_paper_network_has_the_released_parameter_counts(role: Role, backbone: int) -> None:
    network = build_network("paper", role)
    counts = parameter_counts(network)
    assert counts == {"backbone": backbone, **RELEASED_TABLE}
    encoder = sum(p.numel() for name, p in network.named_parameters() if "bodyprior_enc" in name)
    assert counts["vposer"] - encoder == 344_190
    assert round(sum(counts.values()) / 1e6, 2) == 30.54
    assert round((sum(counts.values()) - encoder) / 1e6, 2) == 30.21


def test_paper_network_costs_the_measured_macs(paper_student: MeshNetwork) -> None:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        paper_student(*random_inputs(1, 4))
    assert counter.get_total_flops() / 2e9 == pytest.approx(5.63, abs=0.005)


RELEASED_SHAPES = {
    "backbone.conv1.weight": (64, 4, 7, 7),
    "backbone.bn1.num_batches_tracked": (),
    "backbone.layer1.0.downsample.0.weight": (256, 64, 1, 1),
    "backbone.layer4.2.bn3.running_var": (2048,),
    "pose2feat.conv.0.weight": (64, 94, 3, 3),
    "pose2feat.conv.0.bias": (64,),
    "pose2feat.conv.1.running_mean": (64,),
    "position_net.conv.0.weight": (120, 2048, 1, 1),
    "rotation_net.graph_block.0.fcbn_list.14.0.weight": (128, 2052),
    "rotation_net.graph_block.4.graph_block2.fcbn_list.0.0.bias": (128,),
    "rotation_net.graph_block.4.graph_block2.fcbn_list.0.1.weight": (128,),
    "rotation_net.graph_block.1.graph_block1.fcbn_list.3.1.num_batches_tracked": (),
    "rotation_net.root_pose_out.0.weight": (6, 1920),
    "rotation_net.pose_out.0.weight": (32, 1920),
    "rotation_net.shape_out.0.bias": (10,),
    "rotation_net.cam_out.0.weight": (3, 1920),
    "vposer.vposer.bodyprior_enc_bn1.running_mean": (63,),
    "vposer.vposer.bodyprior_enc_logvar.weight": (32, 512),
    "vposer.vposer.bodyprior_dec_out.weight": (126, 512),
}


def test_paper_state_has_the_released_names_and_shapes(paper_student: MeshNetwork) -> None:
    state = paper_student.state_dict()
    assert {name: tuple(state[name].shape) for name in RELEASED_SHAPES} == RELEASED_SHAPES
    resnet50, graph_convs = 318, 9
    graph = [name for name in state if ".fcbn_list." in name]
    assert len(graph) == graph_convs * 15 * 7
    assert len([name for name in state if name.startswith("backbone.")]) == resnet50
    assert len(state) == resnet50 + len(graph) + 7 + 2 + 8 + 24


def test_compact_network_is_small() -> None:
    assert sum(parameter_counts(build_network("compact", "student")).values()) < 3_900_000
    assert sum(parameter_counts(build_network("compact-2", "student")).values()) < 6_000_000


def tensors(output: MeshOutput) -> dict[str, torch.Tensor]:
    """All outputs of a network but the features, by name; what it does not have is left out."""
    return {n: v for n, v in output._asdict().items() if n != "features" and v is not None}


@pytest.mark.parametrize("preset", PRESET_NAMES)
@pytest.mark.parametrize("role", ROLES)
def test_outputs_have_the_promised_shapes(preset: PresetName, role: Role) -> None:
    network = build_network(preset, role).eval()
    with torch.no_grad():
        output = network(*random_inputs(2, input_channels(role)))
    shapes = {name: tuple(value.shape) for name, value in tensors(output).items()}
    code = 32 if preset == "paper" else 138
    assert shapes == {
        "joints_volume": (2, 15, 3),
        "scores": (2, 15),
        "global_orient_6d": (2, 6),
        "rotations": (2, 24, 3, 3),
        "betas": (2, 10),
        "cam_transl": (2, 3),
        "pose_code": (2, code),
    } | ({"joints_dense": (2, 30, 4)} if preset == "compact-2" else {})
    sizes = [32, 16, 8, 8] if preset == "compact-2" else [64, 32, 16, 8]
    assert [feature.shape[-1] for feature in output.features] == sizes
    identity = output.rotations @ output.rotations.transpose(-1, -2)
    torch.testing.assert_close(identity, torch.eye(3).expand_as(identity), atol=1e-5, rtol=0)
    assert ((output.scores > 0) & (output.scores <= 1)).all()


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_people_of_a_batch_do_not_touch_each_other(
    preset: PresetName, request: pytest.FixtureRequest
) -> None:
    network = request.getfixturevalue(f"{preset.replace('-', '_')}_student")
    inputs = random_inputs(3, 4)
    order = [2, 0, 1]
    with torch.no_grad():
        straight, permuted = network(*inputs), network(*(tensor[order] for tensor in inputs))
    for name in ("rotations", "betas", "cam_transl", "joints_volume"):
        torch.testing.assert_close(
            getattr(straight, name)[order], getattr(permuted, name), atol=1e-4, rtol=1e-4
        )


@pytest.mark.parametrize("preset", ["compact", "compact-2"])
def test_compact_network_starts_at_an_upright_person_inside_the_crop(preset: PresetName) -> None:
    network = build_network(preset, "baseline").eval()
    with torch.no_grad():
        output = network(*random_inputs(1, 3))
    resting = torch.eye(3).repeat(24, 1, 1)
    resting[0] = torch.diag(torch.tensor([1.0, -1.0, -1.0]))
    torch.testing.assert_close(output.rotations[0], resting, atol=0.1, rtol=0)
    assert 40 < output.cam_transl[0, 2] < 50


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_every_trainable_parameter_gets_a_gradient(preset: PresetName) -> None:
    network = build_network(preset, "student").train()
    output = network(*random_inputs(2, 4))
    told = (output.rotations, output.betas, output.cam_transl, output.joints_volume, output.scores)
    weights = [torch.randn_like(values) for values in told]
    sum((values * weight).sum() for values, weight in zip(told, weights, strict=True)).backward()
    without = [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert not without
    frozen = {name.split(".")[0] for name, p in network.named_parameters() if not p.requires_grad}
    assert frozen == ({"vposer"} if preset == "paper" else set())


@pytest.mark.parametrize("preset", ["compact", "compact-2"])
def test_compact_network_trains_in_bfloat16_with_float32_outputs(preset: PresetName) -> None:
    network = build_network(preset, "student").to(memory_format=torch.channels_last)
    crops, joints, mask = random_inputs(2, 4)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(crops.to(memory_format=torch.channels_last), joints, mask)
    assert {feature.dtype for feature in output.features} == {torch.bfloat16}
    assert all(feature.is_contiguous(memory_format=torch.channels_last) for feature in output.features)
    assert {value.dtype for value in tensors(output).values()} == {torch.float32}
    output.rotations.square().sum().backward()


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_prepared_network_gives_the_same_outputs(preset: PresetName, request: pytest.FixtureRequest) -> None:
    network: MeshNetwork = request.getfixturevalue(f"{preset.replace('-', '_')}_student")
    prepared = prepare_for_inference(network)
    inputs = random_inputs(2, 4)
    with torch.no_grad():
        expected, found = network(*inputs), prepared(*inputs)
    for name in ("rotations", "betas", "cam_transl", "joints_volume", "scores"):
        torch.testing.assert_close(getattr(found, name), getattr(expected, name), atol=1e-4, rtol=1e-4)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in prepared.modules())
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())


def test_camera_head_spans_distances_up_to_k() -> None:
    assert camera_k(2.5) == pytest.approx(math.sqrt(5000 * 5000 * 2.5 * 2.5 / (256 * 256)))
    transl = camera_translation(torch.tensor([[0.1, -0.2, 0.0], [0, 0, 50.0]]), 48.0)
    np.testing.assert_allclose(transl, [[0.1, -0.2, 24.0], [0, 0, 48.0]], rtol=1e-6)


def test_an_untrusted_joint_changes_nothing(compact_student: MeshNetwork) -> None:
    crops, joints, mask = random_inputs(1, 4)
    moved = joints.clone()
    moved[mask == 0] += 7
    with torch.no_grad():
        before, after = compact_student(crops, joints, mask), compact_student(crops, moved, mask)
    torch.testing.assert_close(before.rotations, after.rotations, atol=0, rtol=0)


def test_a_correction_that_fell_silent_can_learn_again() -> None:
    """Units pushed far below zero still pass gradients to what reads the picture."""
    network = build_network("compact-2", "student").train()
    norms = [m for m in network.rotation_net.context if isinstance(m, torch.nn.LayerNorm)]
    for norm in norms:
        torch.nn.init.constant_(norm.bias, -20.0)
    rotations = network(*random_inputs(2, 4)).rotations
    (rotations * torch.randn_like(rotations)).sum().backward()
    for norm in norms:
        assert norm.bias.grad is not None
        assert (norm.bias.grad != 0).all()


def test_dense_joints_are_the_means_of_the_maps_that_are_shown(compact_2_student: MeshNetwork) -> None:
    """The volume's mean, computed by hand, is the joint, in the crop; its layers are 25 cm apart."""
    with torch.no_grad():
        inputs = random_inputs(2, 4)
        output = compact_2_student(*inputs)
        volume = compact_2_student.volumes(output.features, *inputs[1:])
    torch.testing.assert_close(volume.sum((2, 3, 4)), torch.ones(2, 15))
    columns = (torch.arange(16.0) + 0.5) / 2 - 0.5
    torch.testing.assert_close(
        (volume.sum((2, 3)) * columns).sum(-1), output.joints_volume[..., 0], atol=1e-4, rtol=0
    )
    torch.testing.assert_close(
        (volume.sum((2, 4)) * columns).sum(-1), output.joints_volume[..., 1], atol=1e-4, rtol=0
    )
    layers = (volume.sum((3, 4)) * torch.arange(8.0)).sum(-1)
    torch.testing.assert_close(layers, output.joints_volume[..., 2], atol=1e-4, rtol=0)
    assert output.joints_dense is not None
    wrist, nose = SMPL30.index("L_Wrist"), SMPL30.index("Nose")
    torch.testing.assert_close(
        (layers[:, 13] + 0.5) / 4 - 1, output.joints_dense[:, wrist, 2], atol=1e-4, rtol=0
    )
    assert (output.joints_dense[:, nose, :2].abs() < 1).all()


def test_a_crop_of_256_pixels_and_the_same_at_the_network_s_size_give_the_same(
    compact_2_student: MeshNetwork,
) -> None:
    crops, joints, mask = random_inputs(2, 4)
    half = crops.unflatten(2, (128, 2)).unflatten(4, (128, 2)).mean((3, 5))
    with torch.no_grad():
        torch.testing.assert_close(
            compact_2_student(crops, joints, mask).rotations, compact_2_student(half, joints, mask).rotations
        )
