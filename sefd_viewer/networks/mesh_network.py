"""The network that turns a crop and a 2D pose into SMPL parameters (SEFD; 3DCrowdNet), and presets of it."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.geometry.joints import GRAPH15, SMPL30
from sefd_viewer.networks.backbone import (
    HEATMAP_SIGMA,
    HEATMAP_SIZE,
    BasicBlock,
    Bottleneck,
    Pose2Feat,
    ResNet,
    Stages,
    gaussian_heatmaps,
)
from sefd_viewer.networks.cards import PresetName, Role, input_channels
from sefd_viewer.networks.decoders import DirectDecoder, VPoserDecoder, rotation_6d_to_matrix
from sefd_viewer.networks.position_net import DenseJoints, Places, PositionNet
from sefd_viewer.networks.rotation_net import (
    CompactRotationNet,
    DenseRotationNet,
    Joints,
    RotationCodes,
    RotationNet,
    normalised_pose,
)

CROP_SIZE = 256
VIRTUAL_FOCAL = 5000.0


class MeshOutput(NamedTuple):
    """Everything a mesh network says about a batch; all but `features` in float32."""

    joints_volume: Tensor
    """(N,15,3) graph joints as x, y, z in voxels of the 8x8x8 volume."""
    scores: Tensor
    """(N,15) probability of each joint's voxel."""
    global_orient_6d: Tensor
    """(N,6) root rotation before Gram-Schmidt."""
    rotations: Tensor
    """(N,24,3,3) root in the crop camera's frame, then the 23 body joints relative to their parents."""
    betas: Tensor
    """(N,10)."""
    cam_transl: Tensor
    """(N,3) metres in the frame of the crop's camera (focal 5000, principal point at the crop's centre)."""
    features: Stages
    """Outputs of layer1 to layer4, for distillation."""
    pose_code: Tensor
    """(N,32) VPoser code, or (N,138) 6D rotations before Gram-Schmidt."""
    joints_dense: Tensor | None = None
    """(N,30,4) all joints where a network finds them densely (`position_net.Places`)."""


class MeshNetwork(nn.Module):
    """Backbone, 2D pose guidance, joint positions, rotations; composed of the parts it is given."""

    def __init__(
        self,
        *,
        backbone: ResNet,
        pose2feat: Pose2Feat,
        position_net: PositionNet | DenseJoints,
        rotation_net: RotationNet | CompactRotationNet | DenseRotationNet,
        pose_decoder: nn.Module,
        camera_extent: float = 2.5,
        input_size: int = CROP_SIZE,
        weighs_joints: bool = False,
    ) -> None:
        """`camera_extent` is the height in metres that fills the crop at the largest distance k.

        Crops are reduced to `input_size` pixels. A network that `weighs_joints` is given scores for the mask.
        """
        super().__init__()
        self.backbone = backbone
        self.pose2feat = pose2feat
        self.position_net = position_net
        self.rotation_net = rotation_net
        self.vposer = pose_decoder  # the released name, whichever decoder it is
        self.camera_k = camera_k(camera_extent)
        self.input_size, self.weighs_joints = input_size, weighs_joints

    def forward(self, crop: Tensor, joints_heatmap: Tensor, joint_mask: Tensor) -> MeshOutput:
        """Estimate bodies.

        `crop` (N,3 or 4,S,S), 256 pixels or the network's own size: RGB in [0,1], then the edge map if the
        role has one. `joints_heatmap` (N,30,2): SMPL 30 joints in pixels of the 64x64 heatmap. `joint_mask`
        (N,30): 1 where trusted, or the joints' scores for a network that weighs them; 0 where there is none.
        """
        stages = self.features(crop, joints_heatmap, joint_mask)
        places: Places = self.position_net(stages, *self._known(joints_heatmap, joint_mask))
        dense = None if places.dense is None else places.dense.detach()
        joints = Joints(places.volume.detach(), places.scores.detach(), joints_heatmap, joint_mask, dense)
        with torch.autocast(crop.device.type, enabled=False):
            codes: RotationCodes = self.rotation_net(stages, joints)
            rotations, transl = self.decode(codes)
        return MeshOutput(
            places.volume,
            places.scores,
            codes.global_orient_6d,
            rotations,
            codes.betas,
            transl,
            stages,
            codes.pose_code,
            places.dense,
        )

    def volumes(self, stages: Stages, joints_heatmap: Tensor, joint_mask: Tensor) -> Tensor:
        """The probability (N,15,8,H,W) of each graph joint's voxel (depth, row, column), to be looked at."""
        volumes: Tensor = self.position_net.volumes(stages, *self._known(joints_heatmap, joint_mask))
        return volumes

    def _known(self, joints_heatmap: Tensor, joint_mask: Tensor) -> tuple[Tensor, ...]:
        """What a dense position network is told beside the stages: the lifter's features (N,C)."""
        if not isinstance(self.rotation_net, DenseRotationNet):
            return ()
        with torch.autocast(joint_mask.device.type, enabled=False):
            _, features = self.rotation_net.lifter(normalised_pose(joints_heatmap, joint_mask))
        return (features,)

    def decode(self, codes: RotationCodes) -> tuple[Tensor, Tensor]:
        """Rotations (N,24,3,3), root first, and the camera translation (N,3) in metres."""
        root = rotation_6d_to_matrix(codes.global_orient_6d)[:, None]
        rotations = torch.cat((root, self.vposer(codes.pose_code)), 1)
        return rotations, camera_translation(codes.camera, self.camera_k)

    def features(self, crop: Tensor, joints_heatmap: Tensor, joint_mask: Tensor) -> Stages:
        """The backbone's four stages, guided by the 2D pose; all that distillation needs of a teacher."""
        if crop.shape[-1] > self.input_size:
            crop = functional.adaptive_avg_pool2d(crop, self.input_size)
        early = self.backbone.stem(crop)
        share = early.shape[-1] / HEATMAP_SIZE
        joints = (joints_heatmap + 0.5) * share - 0.5
        heatmaps = gaussian_heatmaps(joints, joint_mask, size=early.shape[-1], sigma=HEATMAP_SIGMA * share)
        return self.backbone(self.pose2feat(early, heatmaps))


def camera_k(extent: float) -> float:
    """Largest distance in metres: k = sqrt(fx*fy*extent^2/(256*256)) of the virtual camera."""
    return math.sqrt(VIRTUAL_FOCAL**2 * extent**2 / CROP_SIZE**2)


def camera_translation(camera: Tensor, k: float) -> Tensor:
    """(tx, ty, k*sigmoid(g)) in metres of the camera head's (N,3) numbers."""
    return torch.cat((camera[:, :2], k * torch.sigmoid(camera[:, 2:])), 1)


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
