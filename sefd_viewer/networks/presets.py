"""Ready-made mesh networks: the paper's and a compact one."""

from __future__ import annotations

from sefd_viewer.geometry.joints import GRAPH15, SMPL30
from sefd_viewer.networks.backbone import BasicBlock, Bottleneck, ResNet
from sefd_viewer.networks.decoders import DirectDecoder, VPoserDecoder
from sefd_viewer.networks.dense_joints import DenseJoints
from sefd_viewer.networks.heatmaps import Pose2Feat
from sefd_viewer.networks.mesh_network import MeshNetwork
from sefd_viewer.networks.position_net import PositionNet
from sefd_viewer.networks.roles import PresetName, Role, input_channels
from sefd_viewer.networks.rotation_net import CompactRotationNet, DenseRotationNet, RotationNet


def build_network(preset: PresetName, role: Role) -> MeshNetwork:
    """A network with random weights; `role` decides whether there is an edge channel."""
    return _BUILDERS[preset](input_channels(role))


def _paper(channels: int) -> MeshNetwork:
    """ResNet-50, graph of width 128, VPoser: the released architecture."""
    backbone = ResNet(channels, Bottleneck, (64, 128, 256, 512), (3, 4, 6, 3))
    return MeshNetwork(
        backbone=backbone,
        pose2feat=Pose2Feat(backbone.early_channels, SMPL30.count),
        position_net=PositionNet(backbone.stage_channels[3], GRAPH15.count),
        rotation_net=RotationNet(backbone.stage_channels[3]),
        pose_decoder=VPoserDecoder(),
    )


def _compact(channels: int) -> MeshNetwork:
    """A tenth of the size; room for close and tall people."""
    backbone = ResNet(channels, BasicBlock, (24, 48, 128, 192), (1, 1, 2, 2))
    return MeshNetwork(
        backbone=backbone,
        pose2feat=Pose2Feat(backbone.early_channels, SMPL30.count),
        position_net=PositionNet(backbone.stage_channels[3], GRAPH15.count),
        rotation_net=CompactRotationNet(backbone.stage_channels),
        pose_decoder=DirectDecoder(),
        camera_extent=4.0,
    )


def _compact_2(channels: int) -> MeshNetwork:
    """Half the resolution; joints are found densely, given ones weigh as much as their scores."""
    backbone = ResNet(channels, BasicBlock, (32, 64, 128, 256), (1, 1, 2, 2), strides=(1, 2, 2, 1))
    rotation_net = DenseRotationNet(backbone.stage_channels[3])
    return MeshNetwork(
        backbone=backbone,
        pose2feat=Pose2Feat(backbone.early_channels, SMPL30.count),
        position_net=DenseJoints(backbone.stage_channels, rotation_net.lifter.width),
        rotation_net=rotation_net,
        pose_decoder=DirectDecoder(),
        camera_extent=4.0,
        input_size=128,
        weighs_joints=True,
    )


_BUILDERS = {"paper": _paper, "compact": _compact, "compact-2": _compact_2}
