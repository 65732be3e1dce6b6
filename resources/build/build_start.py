"""The pictures of the start page: four jobs, and what each network is shown.

usage: python build_start.py <start folder>

Everything is of the sample capture and the shipped networks, on the processor; nothing is drawn by hand.
"""
import sys
from pathlib import Path

import cv2
import numpy as np

from sefd_viewer import api
from sefd_viewer.app.methods import COLORS
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from sefd_viewer.inference.messages import ROLES, PersonInput, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.render.overlay import shaded_overlay

JOB, SIGN = (328, 384), 128
FAILURE, ANNOTATION = ("cam03/000040.jpg", "man"), ("cam03/000088.jpg", "avatar")
PURPLE, ORANGE = (0xCC, 0x79, 0xA7), (0xE0, 0x6A, 0x2A)
BONES = ((5, 7), (7, 9), (6, 8), (8, 10), (5, 6), (5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16))


def main(folder: Path) -> None:
    """Write all pictures."""
    folder.mkdir(exist_ok=True)
    dataset, body = open_dataset(None), api.open_body()
    record = dataset.records[dataset.find(FAILURE[0])]
    person = next(one for one in record.people if one.key == FAILURE[1])
    image, truth = record.load(), body.forward(person.smpl).vertices
    found = predictions(record, image)
    window = framing(record.camera, truth, image)
    for name, role, color in (("inspect", "student", COLORS["student"]), ("compare", "baseline", PURPLE)):
        mine = next(one for one in found[role] if one.person == person.key)
        picture = outlined(drawn(image, [mine.vertices_camera], body.faces, [color], mine.camera), truth, body, record)
        save(folder / f"{name}.jpg", picture, window)
    cameras(folder, record, person, image, truth, body)
    annotations(folder, dataset, body)
    signs(folder, record, person, image, truth, body)


def predictions(record, image):
    """What the shipped networks say about everybody, by role."""
    people = tuple(PersonInput(one.key, one.pose2d, one.smpl, one.camera) for one in record.people)
    request = PredictRequest(0, image, people, ROLES, api.EdgeSettings(), record.camera)
    messages = Predictor(device="cpu").predict(request)
    return {m.role: m.predictions for m in messages if isinstance(m, RoleResult)}


def framing(camera, vertices, image, share=1.18):
    """Left, top, right, bottom around a body in the shape of a job's picture, within the photo."""
    points = camera.without_extrinsics().project(vertices)
    centre, size = (points.min(0) + points.max(0)) / 2, points.max(0) - points.min(0)
    height = min(max(size[1] * share, size[0] * share * JOB[1] / JOB[0]), image.shape[0])
    width = min(height * JOB[0] / JOB[1], image.shape[1])
    height = width * JOB[1] / JOB[0]
    left = float(np.clip(centre[0] - width / 2, 0, image.shape[1] - width))
    top = float(np.clip(centre[1] - height / 2, 0, image.shape[0] - height))
    return left, top, left + width, top + height


def drawn(image, meshes, faces, colors, camera, opacity=0.97, dim=0.55):
    """Bodies over a dimmed, greyed photo."""
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    ground = (0.6 * image + 0.4 * grey) * dim + 20
    size = (image.shape[1], image.shape[0])
    layer = shaded_overlay(meshes, faces, np.array(colors, np.uint8), camera.without_extrinsics(), size)
    alpha = layer[..., 3:] / 255 * opacity
    return np.uint8(ground * (1 - alpha) + layer[..., :3] * alpha)


def outlined(picture, truth, body, record):
    """A dashed white line around the true body."""
    size = (picture.shape[1], picture.shape[0])
    layer = shaded_overlay([truth], body.faces, np.array([[255, 255, 255]], np.uint8), record.camera.without_extrinsics(), size)
    contours, _ = cv2.findContours(np.uint8(layer[..., 3] > 0), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    result = picture.copy()
    for contour in contours:
        points = contour[:, 0]
        for start in range(0, len(points), 22):
            cv2.polylines(result, [points[start : start + 13]], False, (255, 255, 255), 2, cv2.LINE_AA)
    return result


def cameras(folder, record, person, image, truth, body):
    """The same body brought into the camera with the world's axes mistaken for the camera's, half way."""
    R = record.camera.R
    half = axis_angle_to_matrix(0.35 * matrix_to_axis_angle(R.T))
    centre = truth.mean(0)
    beside = (truth - centre) @ half.T + centre
    picture = drawn(image, [beside], body.faces, [ORANGE], record.camera)
    window = framing(record.camera, np.concatenate([truth, beside]), image, share=1.1)
    save(folder / "cameras.jpg", outlined(picture, truth, body, record), window)


def annotations(folder, dataset, body):
    """Somebody who is annotated behind a person before whom the photo shows them."""
    record = dataset.records[dataset.find(ANNOTATION[0])]
    image, person = record.load(), next(one for one in record.people if one.key == ANNOTATION[1])
    vertices = body.forward(person.smpl).vertices
    picture = drawn(image, [vertices], body.faces, [PURPLE], record.camera, opacity=0.55, dim=0.85)
    for first, second in BONES:
        ends = [tuple(int(v) for v in person.pose2d.keypoints[joint, :2]) for joint in (first, second)]
        cv2.line(picture, *ends, (235, 120, 190), 3, cv2.LINE_AA)
    save(folder / "annotations.jpg", picture, framing(record.camera, vertices, image, share=1.5))


def signs(folder, record, person, image, truth, body):
    """What the networks are shown: the photo with a 2D pose, the true bodies' edges, the photo's edges."""
    window = framing(record.camera, truth, image)
    side = window[2] - window[0]
    square = (window[0], window[1] + 0.1 * side, window[2], window[1] + 1.1 * side)
    posed = image.copy()
    for first, second in BONES:
        ends = [tuple(int(v) for v in person.pose2d.keypoints[joint, :2]) for joint in (first, second)]
        cv2.line(posed, *ends, (240, 228, 66), 4, cv2.LINE_AA)
    bodies = [body.forward(one.smpl).vertices for one in record.people]
    size = (image.shape[1], image.shape[0])
    edges = mesh_edges(bodies, body.faces, record.camera.without_extrinsics(), size, api.EdgeSettings())
    true_edges = cv2.dilate(np.uint8(255 * np.clip(edges.all, 0, 1)), np.ones((3, 3), np.uint8))
    soft = np.clip(2 * api.canny(image, api.EdgeSettings()), 0, 1)
    photo_edges = cv2.dilate(np.uint8(255 * soft), np.ones((3, 3), np.uint8))
    for name, picture in (("pose", posed), ("true_edges", true_edges), ("photo_edges", photo_edges)):
        save(folder / f"{name}.jpg", picture, square, (SIGN, SIGN))


def save(path, picture, window, size=JOB):
    """A window of a picture as JPEG."""
    left, top, right, bottom = (round(value) for value in window)
    part = cv2.resize(picture[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
    shown = part if part.ndim == 2 else cv2.cvtColor(part, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(path), shown, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
