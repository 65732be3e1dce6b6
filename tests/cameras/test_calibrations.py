"""Every calibration layout, written here by hand: the same points must land on the same pixels."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from sefd_viewer.cameras.calibrations import read_calibration
from sefd_viewer.errors import DatasetError

Array = NDArray[np.float64]
SIZE = (1000, 800)
D = (-0.2, 0.05, 0.001, -0.002, 0.01)
POINTS = np.random.default_rng(1).uniform([-0.6, -0.6, 0.2], [0.6, 0.6, 1.6], (12, 3))
FLIP = np.diag([1.0, -1.0, -1.0])
NAMES = ("cam_1", "cam_2", "cam_3", "cam_10")


def rig() -> dict[str, tuple[Array, Array, Array]]:
    """K, R, t (world to camera, metres, z up) of four cameras around the origin."""
    found = {}
    for place, name in enumerate(NAMES):
        angle = 0.4 + place * 1.5
        centre = np.array([4 * np.cos(angle), 4 * np.sin(angle), 1.5 + 0.1 * place])
        forward = np.array([0, 0, 0.9]) - centre
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        R = np.stack([right, np.cross(forward, right), forward])
        K = np.array([[1100.0 + place, 0, 510], [0, 1095, 390 - place], [0, 0, 1]])
        found[name] = (K, R, -R @ centre)
    return found


RIG = rig()


def pixels(name: str, distortion: Any) -> Array:
    """Where OpenCV has the points."""
    K, R, t = RIG[name]
    rvec = cv2.Rodrigues(R)[0]
    return cv2.projectPoints(POINTS, rvec, t, K, np.array(distortion, np.float64))[0][:, 0]


def centre(name: str) -> Array:
    _, R, t = RIG[name]
    return -R.T @ t


def rodrigues(name: str) -> list[float]:
    return [float(v) for v in cv2.Rodrigues(RIG[name][1])[0].ravel()]


def dump(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


# ---- one writer for each layout: it returns the file to open, and each camera's name in it


def capture(folder: Path) -> Path:
    cameras = {
        name: {
            "focal": [K[0, 0], K[1, 1]],
            "principal_point": K[:2, 2].tolist(),
            "distortion": list(D),
            "R": R.tolist(),
            "t": t.tolist(),
        }
        for name, (K, R, t) in RIG.items()
    }
    return dump(folder / "cameras.json", {"size": list(SIZE), "cameras": cameras})


def karfly(folder: Path) -> Path:
    content = {
        "intrinsics": {
            n: {"calibration_matrix": K.tolist(), "distortion": list(D)} for n, (K, _, _) in RIG.items()
        },
        "extrinsics": {
            "S1": {n: {"R": R.tolist(), "t": (1000 * t)[:, None].tolist()} for n, (_, R, t) in RIG.items()}
        },
    }
    return dump(folder / "camera-parameters.json", content)


def crowdnet(folder: Path) -> Path:
    cameras = {
        n: {"R": R.tolist(), "t": (1000 * t).tolist(), "f": [K[0, 0], K[1, 1]], "c": K[:2, 2].tolist()}
        for n, (K, R, t) in RIG.items()
    }
    return dump(folder / "Human36M_subject1_camera.json", cameras)


def panoptic(folder: Path) -> Path:
    cameras = [
        {
            "name": n,
            "type": "hd",
            "resolution": list(SIZE),
            "K": K.tolist(),
            "distCoef": list(D),
            "R": R.tolist(),
            "t": (100 * t)[:, None].tolist(),
        }
        for n, (K, R, t) in RIG.items()
    ]
    return dump(folder / "calibration.json", {"calibDataSource": "x", "cameras": cameras})


def shelf(folder: Path) -> Path:
    cameras = {
        n: {
            "k": [[D[0]], [D[1]], [D[4]]],
            "p": [[D[2]], [D[3]]],
            "R": R.tolist(),
            "T": (1000 * centre(n))[:, None].tolist(),
            "fx": K[0, 0],
            "fy": K[1, 1],
            "cx": K[0, 2],
            "cy": K[1, 2],
        }
        for n, (K, R, _) in RIG.items()
    }
    return dump(folder / "calibration_shelf.json", cameras)


def aist(folder: Path) -> Path:
    cameras = [
        {
            "name": n,
            "size": list(SIZE),
            "matrix": K.tolist(),
            "rotation": rodrigues(n),
            "translation": (100 * t).tolist(),
            "distortions": list(D),
        }
        for n, (K, _, t) in RIG.items()
    ]
    return dump(folder / "setting1.json", cameras)


def toml(folder: Path, *, unit: float, extra: str = "", table: str = "[{name}]") -> Path:
    text = ""
    for n, (K, _, t) in RIG.items():
        text += table.format(name=n) + f'\nname = "{n}"\nsize = [{SIZE[0]}.0, {SIZE[1]}.0]\n{extra}'
        text += f"matrix = {K.tolist()}\ndistortions = {list(D)}\n"
        text += f"rotation = {rodrigues(n)}\ntranslation = {(t / unit).tolist()}\n\n"
    path = folder / "calibration.toml"
    path.write_text(text + "[metadata]\nadjusted = false\nerror = 0.0\n")
    return path


def anipose(folder: Path) -> Path:
    return toml(folder, unit=0.001)


def pose2sim(folder: Path) -> Path:
    return toml(folder, unit=1.0, extra="fisheye = false\n")


def freemocap(folder: Path) -> Path:
    return toml(folder, unit=0.001, extra="world_position = [0.0, 0.0, 0.0]\n")


def caliscope(folder: Path) -> Path:
    path = toml(folder, unit=1.0, extra="rotation_count = 0\n", table="[cameras.{name}]")
    path.write_text(path.read_text().partition("[metadata]")[0])
    return path


def matrix(name: str, values: Array, columns: int) -> str:
    data = ", ".join(map(repr, np.ravel(values).tolist()))
    rows = np.size(values) // columns
    return f"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {columns}\n   dt: d\n   data: [ {data} ]\n"


def easymocap(folder: Path) -> Path:
    names = "names:\n" + "".join(f'   - "{n}"\n' for n in NAMES)
    lens, pose = ("%YAML:1.0\n---\n" + names for _ in range(2))
    for n, (K, R, t) in RIG.items():
        lens += matrix(f"K_{n}", K, 3) + matrix(f"dist_{n}", np.array(D), 5)
        pose += (
            matrix(f"R_{n}", np.array(rodrigues(n)), 1) + matrix(f"Rot_{n}", R, 3) + matrix(f"T_{n}", t, 1)
        )
    (folder / "intri.yml").write_text(lens.replace("\n", "\r\n"))
    (folder / "extri.yml").write_text(pose)
    return folder / "extri.yml"


def colmap_text(folder: Path) -> Path:
    cameras, images = "# Camera list\n", "# Image list\n"
    for number, (n, (K, R, t)) in enumerate(RIG.items(), 1):
        lens = [K[0, 0], K[1, 1], K[0, 2] + 0.5, K[1, 2] + 0.5, *D[:4], D[4], 0, 0, 0]
        cameras += f"{number} FULL_OPENCV {SIZE[0]} {SIZE[1]} {' '.join(map(repr, map(float, lens)))}\n"
        x, y, z, w = Rotation.from_matrix(R).as_quat()
        images += " ".join(map(repr, map(float, (w, x, y, z, *t)))).join([f"{number} ", f" {number} {n}\n\n"])
    (folder / "cameras.txt").write_text(cameras)
    (folder / "images.txt").write_text(images)
    return folder


def colmap_binary(folder: Path) -> Path:
    cameras, images = struct.pack("<Q", len(RIG)), struct.pack("<Q", len(RIG))
    for number, (n, (K, R, t)) in enumerate(RIG.items(), 1):
        lens = (K[0, 0], K[1, 1], K[0, 2] + 0.5, K[1, 2] + 0.5, *D[:4], D[4], 0, 0, 0)
        cameras += struct.pack("<IiQQ12d", number, 6, *SIZE, *lens)
        x, y, z, w = Rotation.from_matrix(R).as_quat()
        images += struct.pack("<I7dI", number, w, x, y, z, *t, number) + n.encode() + b"\0"
        images += struct.pack("<Q", 1) + struct.pack("<ddq", 1.0, 2.0, -1)
    (folder / "cameras.bin").write_bytes(cameras)
    (folder / "images.bin").write_bytes(images)
    return folder / "images.bin"


def nerfstudio(folder: Path) -> Path:
    frames = []
    for n, (K, R, _) in RIG.items():
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = (FLIP @ R).T, centre(n)
        lens = {"fl_x": K[0, 0], "fl_y": K[1, 1], "cx": K[0, 2] + 0.5, "cy": K[1, 2] + 0.5}
        k = dict(zip(("k1", "k2", "p1", "p2", "k3"), D, strict=True))
        frames.append({"file_path": n, "transform_matrix": pose.tolist(), **lens, **k})
    content = {"camera_model": "OPENCV", "w": SIZE[0], "h": SIZE[1], "frames": frames}
    return dump(folder / "transforms.json", content)


def qualisys(folder: Path) -> Path:
    text = "<calibration><cameras>"
    for n, (K, R, _) in RIG.items():
        r = FLIP @ R
        place = 1000 * centre(n)
        turn = " ".join(f'r{i + 1}{j + 1}="{float(r[i, j])!r}"' for i in range(3) for j in range(3))
        text += (
            f'<camera serial="{n}" model="Miqus Video" viewrotation="0">'
            f'<fov_video left="10" top="20" right="{SIZE[0] + 9}" bottom="{SIZE[1] + 19}"/>'
            f'<transform x="{float(place[0])!r}" y="{float(place[1])!r}" z="{float(place[2])!r}" {turn}/>'
            f'<intrinsic focalLengthU="{K[0, 0] * 64}" focalLengthV="{K[1, 1] * 64}"'
            f' centerPointU="{(K[0, 2] + 10) * 64}" centerPointV="{(K[1, 2] + 20) * 64}"'
            f' radialDistortion1="{D[0]}" radialDistortion2="{D[1]}" radialDistortion3="{D[4]}"'
            f' tangentalDistortion1="{D[2]}" tangentalDistortion2="{D[3]}"/></camera>'
        )
    path = folder / "Calib.qca.txt"
    path.write_text(text + "</cameras></calibration>")
    return path


def theia(folder: Path) -> Path:
    text = "<calibration><cameras>"
    for n, (K, R, t) in RIG.items():
        turn = " ".join(f'r{i + 1}{j + 1}="{float(R[i, j])!r}"' for i in range(3) for j in range(3))
        x, y, z = (float(v) for v in 1000 * t)
        text += (
            f'<camera serial="{n}" active="1"><transform x="{x!r}" y="{y!r}" z="{z!r}" {turn}/>'
            f'<intrinsic sensorMinU="0" sensorMaxU="{SIZE[0]}" sensorMinV="0" sensorMaxV="{SIZE[1]}"'
            f' focalLengthU="{K[0, 0]}" focalLengthV="{K[1, 1]}"'
            f' centerPointU="{K[0, 2]}" centerPointV="{K[1, 2]}"'
            f' radialDistortion1="{D[0]}" radialDistortion2="{D[1]}" radialDistortion3="{D[4]}"'
            f' tangentalDistortion1="{D[2]}" tangentalDistortion2="{D[3]}"/></camera>'
        )
    path = folder / "cal.txt"
    path.write_text(text + "</cameras></calibration>")
    return path


def vicon(folder: Path) -> Path:
    text = "<Cameras>"
    for n, (K, R, _) in RIG.items():
        q = " ".join(map(repr, Rotation.from_matrix(R).as_quat().tolist()))
        place = " ".join(map(repr, (1000 * centre(n)).tolist()))
        aspect = float(K[0, 0] / K[1, 1])
        text += (
            f'<Camera DEVICEID="{n}" SYSTEM="DV" SENSOR_SIZE="{SIZE[0]} {SIZE[1]}"'
            f' PIXEL_ASPECT_RATIO="{aspect!r}">'
            f'<KeyFrames><KeyFrame FOCAL_LENGTH="{K[0, 0]}" PRINCIPAL_POINT="{K[0, 2]} {K[1, 2]}"'
            f' ORIENTATION="{q}" POSITION="{place}" VICON_RADIAL2="ViconRadial2 0 0 {D[0]} {D[1]} 0"/>'
            "</KeyFrames></Camera>"
        )
    path = folder / "session.xcp"
    path.write_text(text + "</Cameras>")
    return path


def opencap_folders(folder: Path) -> Path:
    """A folder for each camera, all with the same name for its file."""
    for n, (K, R, t) in RIG.items():
        size = np.array([[SIZE[1]], [SIZE[0]]], float)
        content = {"intrinsicMat": K, "distortion": np.array([D]), "imageSize": size}
        content |= {"rotation": R, "translation": 1000 * t[:, None]}
        (folder / "Videos" / n).mkdir(parents=True)
        path = folder / "Videos" / n / "cameraIntrinsicsExtrinsics.pickle"
        path.write_bytes(pickle.dumps(content))
    return folder / "Videos"


def mpi_inf_3dhp(folder: Path) -> Path:
    text = "Skeletool Camera Calibration File V1.0\n"
    for n, (K, R, t) in RIG.items():
        lens, pose = np.eye(4), np.eye(4)
        lens[:3, :3], pose[:3, :3], pose[:3, 3] = K, R, 1000 * t
        rows = [" ".join(map(repr, one.ravel().tolist())) for one in (lens, pose)]
        text += f"name {n}\n  sensor 10 10\n  size {SIZE[0]} {SIZE[1]}\n  animated 0\n"
        text += f"  intrinsic {rows[0]}\n  extrinsic {rows[1]}\n  radial 0\n"
    path = folder / "camera.calibration"
    path.write_text(text)
    return path


def toolbox(folder: Path) -> Path:
    content = {
        (1, place): (
            RIG[n][1],
            1000 * centre(n)[:, None],
            RIG[n][0][[0, 1], [0, 1]][:, None],
            RIG[n][0][:2, 2][:, None],
            np.array([[D[0]], [D[1]], [D[4]]]),
            np.array([[D[2]], [D[3]]]),
            n,
        )
        for place, n in enumerate(NAMES, 1)
    }
    path = folder / "camera_data.pkl"
    path.write_bytes(pickle.dumps(content, protocol=2))
    return path


def cameras_h5(folder: Path) -> Path:
    """R transposed, columns for the others, the name as codes of letters."""
    h5py = pytest.importorskip("h5py")
    path = folder / "cameras.h5"
    with h5py.File(path, "w") as file:
        for place, n in enumerate(NAMES, 1):
            K, R, _ = RIG[n]
            group = file.create_group(f"subject1/camera{place}")
            group["R"] = R.T
            group["T"] = 1000 * centre(n)[:, None]
            group["f"], group["c"] = K[[0, 1], [0, 1]][:, None], K[:2, 2][:, None]
            group["k"], group["p"] = np.array([[D[0]], [D[1]], [D[4]]]), np.array([[D[2]], [D[3]]])
            group["Name"] = np.array([[ord(letter)] for letter in n], np.uint16)
    return path


def mmpose(folder: Path) -> Path:
    content = {
        ("S1", n): {
            "R": R.T,
            "T": centre(n)[:, None],
            "c": K[:2, 2][:, None],
            "f": K[[0, 1], [0, 1]][:, None],
            "k": np.array([[D[0]], [D[1]], [D[4]]]),
            "p": np.array([[D[2]], [D[3]]]),
            "w": SIZE[0],
            "h": SIZE[1],
        }
        for n, (K, R, _) in RIG.items()
    }
    path = folder / "cameras.pkl"
    path.write_bytes(pickle.dumps(content))
    return path


def kalibr(folder: Path) -> Path:
    text, before = "", np.eye(4)
    for number, (K, R, t) in enumerate(RIG.values()):
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = R, t
        text += f"cam{number}:\n  camera_model: pinhole\n  distortion_model: radtan\n"
        text += f"  intrinsics: [{K[0, 0]}, {K[1, 1]}, {K[0, 2]}, {K[1, 2]}]\n"
        text += f"  distortion_coeffs: {list(D[:4])}\n  resolution: {list(SIZE)}\n"
        if number:
            text += f"  T_cn_cnm1: {(pose @ np.linalg.inv(before)).tolist()}\n"
        before = pose
    path = folder / "camchain.yaml"
    path.write_text(text)
    return path


LAYOUTS: dict[Callable[[Path], Path], tuple[str, tuple[float, ...]]] = {
    capture: ("{}", D),
    karfly: ("S1/{}", D),
    crowdnet: ("{}", ()),
    panoptic: ("{}", D),
    shelf: ("{}", D),
    aist: ("{}", D),
    anipose: ("{}", D),
    pose2sim: ("{}", D),
    freemocap: ("{}", D),
    caliscope: ("{}", D),
    easymocap: ("{}", D),
    colmap_text: ("{}", D),
    colmap_binary: ("{}", D),
    nerfstudio: ("{}", D),
    qualisys: ("{}", D),
    theia: ("{}", D),
    vicon: ("{}", (D[0], D[1], 0.0, 0.0)),
    opencap_folders: ("{}", D),
    mpi_inf_3dhp: ("{}", ()),
    toolbox: ("S1/{}", D),
    cameras_h5: ("S1/{}", D),
    mmpose: ("S1/{}", D),
}


@pytest.mark.parametrize("write", LAYOUTS, ids=lambda one: one.__name__)
def test_points_land_where_opencv_has_them(write: Callable[[Path], Path], tmp_path: Path) -> None:
    name, distortion = LAYOUTS[write]
    found = read_calibration(write(tmp_path))
    assert found.doubt() is None
    assert not found.problems
    for place, one in enumerate(NAMES, 1):
        key = name.format(place if write is toolbox else one)
        np.testing.assert_allclose(found.cameras[key].project(POINTS), pixels(one, distortion), atol=1e-3)
        assert found.stored[key].size in (None, SIZE)
    assert len(found.posed) == len(NAMES)


def biocv(folder: Path, name: str) -> Path:
    K, R, t = RIG[name]
    rows = [*K.tolist(), [], *np.column_stack([R, 1000 * t]).tolist(), [], D[:4]]
    lines = [str(SIZE[0]), str(SIZE[1]), *(" ".join(map(repr, map(float, row))) for row in rows)]
    path = folder / f"{name}.calib"
    path.write_text("\n".join(lines))
    return path


def optitrack(folder: Path) -> Path:
    text = "<Profile>"
    for n, (K, R, _) in RIG.items():
        place, turn = centre(n), (FLIP @ R).T.ravel()
        matrix = " ".join(f'OrientMatrix{i}="{float(v)!r}"' for i, v in enumerate(turn))
        x, y, z = (float(v) for v in place)
        lens = (
            f'LensCenterX="{K[0, 2]}" LensCenterY="{K[1, 2]}" HorizontalFocalLength="{K[0, 0]}"'
            f' VerticalFocalLength="{K[1, 1]}" k1="{D[0]}" k2="{D[1]}" k3="{D[4]}"'
            f' TangentialX="{D[2]}" TangentialY="{D[3]}"'
        )
        text += (
            f'<Camera Serial="{n}"><Attributes ImagerPixelWidth="{SIZE[0]}" ImagerPixelHeight="{SIZE[1]}"/>'
            f"<IntrinsicStandardCameraModel {lens}/>"
            f'<Extrinsic X="{x!r}" Y="{y!r}" Z="{z!r}" {matrix}/></Camera>'
        )
    path = folder / "system.mcal"
    path.write_text(text + "</Profile>")
    return path


def test_annots_of_zju_mocap_are_in_millimetres_and_called_by_folders(tmp_path: Path) -> None:
    cams = {
        "K": [RIG[name][0] for name in NAMES],
        "D": [np.array(D)[:, None] for _ in NAMES],
        "R": [RIG[name][1] for name in NAMES],
        "T": [RIG[name][2][:, None] * 1000 for name in NAMES],
    }
    content = {"cams": cams, "ims": [{"ims": np.array([f"{name}/000000.jpg" for name in NAMES])}]}
    np.save(tmp_path / "annots.npy", np.array(content, dtype=object), allow_pickle=True)
    found = read_calibration(tmp_path / "annots.npy").cameras
    assert tuple(found) == NAMES
    for name in NAMES:
        assert found[name].project(POINTS) == pytest.approx(pixels(name, D), abs=0.05)
    np.save(tmp_path / "points.npy", POINTS)
    with pytest.raises(DatasetError, match="not a calibration in a known format"):
        read_calibration(tmp_path / "points.npy")


def storage(name: str, lens: Array, size: int = 8) -> str:
    """A camera as OpenPose's calibration writes it, and RICH's scans come with it."""
    _, R, t = RIG[name]
    nodes = {
        "CameraMatrix": np.column_stack([R, t]),
        "Intrinsics": RIG[name][0],
        "Distortion": np.pad(lens, (0, size - len(lens)))[:, None],
    }
    lines = [
        f'<{node} type_id="opencv-matrix"><rows>{len(values)}</rows><cols>{values.shape[1]}</cols><dt>d</dt>'
        f"<data>\n{' '.join(map(repr, map(float, values.ravel())))}</data></{node}>"
        for node, values in nodes.items()
    ]
    return '<?xml version="1.0"?>\n<opencv_storage>\n' + "\n".join(lines) + "\n</opencv_storage>\n"


def test_a_folder_of_storages_has_a_camera_in_each_file(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.xml").write_text(storage(name, np.array(D)))
    (tmp_path / "multicam2world.xml").write_text("<opencv_storage><R>1</R></opencv_storage>")
    (tmp_path / "half.xml").write_text(storage("cam_1", np.array(D))[:200])
    for path in (tmp_path, tmp_path / "cam_2.xml"):
        found = read_calibration(path)
        assert set(found.cameras) == (set(NAMES) if path == tmp_path else {"cam_2"})
        for name, camera in found.cameras.items():
            assert camera.project(POINTS) == pytest.approx(pixels(name, D), abs=0.05)
    assert ["half.xml: this is not valid XML" in words for words in read_calibration(tmp_path).problems] == [
        True
    ]
    (tmp_path / "cam_3.xml").write_text(storage("cam_3", np.array([*D, 0.3])))
    assert "a lens with 8 distortion coefficients" in read_calibration(tmp_path).problems[0]


def test_biocv_has_a_file_for_each_camera(tmp_path: Path) -> None:
    for name in NAMES[:2]:
        found = read_calibration(biocv(tmp_path, name))
        np.testing.assert_allclose(found.cameras[name].project(POINTS), pixels(name, D[:4]), atol=1e-3)
        assert found.stored[name].size == SIZE


def test_optitrack_is_a_pose_in_opengl_axes_that_is_not_certain(tmp_path: Path) -> None:
    found = read_calibration(optitrack(tmp_path))
    assert not found.meaning.certain
    for name in NAMES:
        np.testing.assert_allclose(found.cameras[name].project(POINTS), pixels(name, D), atol=1e-3)


def test_a_stereo_pair_of_matlab_has_its_world_at_the_first_camera(tmp_path: Path) -> None:
    """Row vectors: x2 = x1 R + t, pixels from 1, matrices transposed, millimetres."""
    (K1, R1, t1), (K2, R2, t2) = RIG[NAMES[0]], RIG[NAMES[1]]
    R = R2 @ R1.T
    lenses = []
    for K in (K1, K2):
        one_based = K.copy()
        one_based[:2, 2] += 1
        lenses.append({"IntrinsicMatrix": one_based.T, "RadialDistortion": [D[0], D[1]], "WorldUnits": "mm"})
    pair = {
        "CameraParameters1": lenses[0],
        "CameraParameters2": lenses[1],
        "RotationOfCamera2": R.T,
        "TranslationOfCamera2": 1000 * (t2 - R @ t1),
    }
    savemat(tmp_path / "stereo.mat", {"params": pair})
    found = read_calibration(tmp_path / "stereo.mat")
    in_first = POINTS @ R1.T + t1
    for key, name in (("1", NAMES[0]), ("2", NAMES[1])):
        np.testing.assert_allclose(
            found.cameras[key].project(in_first), pixels(name, D[:2] + (0, 0)), atol=1e-3
        )


def test_a_kalibr_chain_places_each_camera_before_the_one_before(tmp_path: Path) -> None:
    found = read_calibration(kalibr(tmp_path))
    _, R0, t0 = RIG[NAMES[0]]
    in_first = POINTS @ R0.T + t0
    for number, name in enumerate(NAMES):
        seen = found.cameras[f"cam{number}"].project(in_first)
        np.testing.assert_allclose(seen, pixels(name, D[:4]), atol=1e-3)


def test_gaussian_splatting_poses_and_blender_fields_of_view(tmp_path: Path) -> None:
    cameras = [
        {
            "id": place,
            "img_name": n,
            "width": SIZE[0],
            "height": SIZE[1],
            "position": centre(n).tolist(),
            "rotation": R.T.tolist(),
            "fx": K[0, 0],
            "fy": K[1, 1],
        }
        for place, (n, (K, R, _)) in enumerate(RIG.items())
    ]
    found = read_calibration(dump(tmp_path / "cameras.json", cameras))
    middle = pixels(NAMES[0], ()) - RIG[NAMES[0]][0][:2, 2] + (np.array(SIZE) - 1) / 2
    np.testing.assert_allclose(found.cameras[NAMES[0]].project(POINTS), middle, atol=1e-6)
    frame = {"file_path": "a", "transform_matrix": np.eye(4).tolist()}
    blender = {"camera_angle_x": np.pi / 2, "w": 1000, "h": 800, "frames": [frame]}
    camera = read_calibration(dump(tmp_path / "transforms.json", blender)).cameras["a"]
    np.testing.assert_allclose(camera.focal, 500)
    np.testing.assert_allclose(camera.R, FLIP)


def test_lenses_without_places_of_ros_matlab_and_opencap(tmp_path: Path) -> None:
    K, R, t = RIG[NAMES[0]]
    ros = tmp_path / "camera.yaml"
    ros.write_text(
        f"image_width: {SIZE[0]}\nimage_height: {SIZE[1]}\ncamera_name: left\ndistortion_model: plumb_bob\n"
        f"camera_matrix:\n  rows: 3\n  cols: 3\n  data: {K.ravel().tolist()}\n"
        f"distortion_coefficients:\n  rows: 1\n  cols: 5\n  data: {list(D)}\n"
    )
    found = read_calibration(ros)
    assert found.posed == ()
    np.testing.assert_allclose(found.cameras["left"].matrix, K)
    one_based = K.copy()
    one_based[:2, 2] += 1
    lens = {
        "IntrinsicMatrix": one_based.T,
        "RadialDistortion": [D[0], D[1], D[4]],
        "TangentialDistortion": [D[2], D[3]],
        "ImageSize": [SIZE[1], SIZE[0]],
    }
    savemat(tmp_path / "left.mat", {"params": lens})
    matlab = read_calibration(tmp_path / "left.mat")
    np.testing.assert_allclose(matlab.cameras["left"].matrix, K)
    np.testing.assert_allclose(matlab.cameras["left"].distortion, D)
    assert matlab.stored["left"].size == SIZE
    content = {
        "intrinsicMat": K,
        "distortion": np.array([D]),
        "imageSize": np.array([[SIZE[1]], [SIZE[0]]], float),
        "rotation": R,
        "translation": 1000 * t[:, None],
    }
    path = tmp_path / "cameraIntrinsicsExtrinsics.pickle"
    path.write_bytes(pickle.dumps(content))
    (camera,) = read_calibration(path).cameras.values()
    np.testing.assert_allclose(camera.project(POINTS), pixels(NAMES[0], D), atol=1e-3)


def test_human36m_metadata_is_camera_major_with_angles_in_radians(tmp_path: Path) -> None:
    numbers = np.zeros(300)
    for place, n in enumerate(NAMES):
        K, R, _ = RIG[n]
        angles = Rotation.from_matrix(R).as_euler("XYZ")
        numbers[6 * (place * 11 + 4) :][:6] = [*angles, *(1000 * centre(n))]
        numbers[264 + 9 * place :][:9] = [K[0, 0], K[1, 1], *K[:2, 2], D[0], D[1], D[4], D[2], D[3]]
    for place in range(4):
        for subject in set(range(11)) - {4}:
            numbers[6 * (place * 11 + subject) :][:6] = [1, 2, 3, 4, 5, 6]
    text = " ".join(map(repr, numbers.tolist()))
    path = tmp_path / "metadata.xml"
    path.write_text(f"<metadata><mapping/><w0>[{text}]</w0></metadata>")
    found = read_calibration(path)
    for n, key in zip(NAMES, ("54138969", "55011271", "58860488", "60457274"), strict=True):
        np.testing.assert_allclose(found.cameras[f"S5/{key}"].project(POINTS), pixels(n, D), atol=1e-3)


def test_another_direction_is_noticed_by_where_the_cameras_look(tmp_path: Path) -> None:
    path = karfly(tmp_path)
    content = json.loads(path.read_text())
    for n, pose in content["extrinsics"]["S1"].items():
        pose["t"] = (1000 * centre(n)).tolist()
    doubt = read_calibration(dump(path, content)).doubt()
    assert doubt is not None
    assert "read as centre they do" in doubt


def test_a_camera_that_cannot_be_used_is_named_and_the_others_stay(tmp_path: Path) -> None:
    path = panoptic(tmp_path)
    content = json.loads(path.read_text())
    content["cameras"][1]["t"] = [1, float("nan"), 2]
    content["cameras"][2]["distCoef"] = [0.1] * 8
    path.write_text(json.dumps(content).replace("NaN", "1e999").replace("Infinity", "1e999"))
    content["cameras"][1]["t"] = [1, 2]
    found = read_calibration(dump(path, content))
    assert list(found.stored) == ["cam_1", "cam_10"]
    assert "camera cam_2 cannot be used (its translation is not 3 finite numbers)" in found.problems[0]
    assert "8 distortion coefficients is not supported" in found.problems[1]


def test_a_damaged_matrix_leaves_the_other_cameras(tmp_path: Path) -> None:
    path = easymocap(tmp_path)
    lens = tmp_path / "intri.yml"
    lens.write_text(lens.read_text().replace("data: [ 1100.0, 0.0,", "data: [ 1100.0,", 1))
    found = read_calibration(path)
    assert list(found.stored) == list(NAMES[1:])
    assert "camera cam_1 cannot be used" in found.problems[0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b'{"images": []}', "not a calibration in a known format. Known are"),
        ("a.toml", b"x = ", "not valid TOML"),
        ("a.xml", b"<a>", "not valid XML"),
        ("a.yaml", b"a: [", "not valid YAML"),
        ("a.txt", b"hello", "not a calibration in a known format"),
        ("a.toml", b"[a]\nfisheye = true\nmatrix = [[1]]\n", "fisheye"),
        ("cameras.pkl", b"\x80\x04cos\nsystem\n.", "system"),
    ],
)
def test_other_files_are_refused_with_words(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Exception, match=words) as refused:
        read_calibration(path)
    assert type(refused.value).__name__ in ("DatasetError", "BodyError")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such file"):
        read_calibration(tmp_path / "nowhere.toml")
