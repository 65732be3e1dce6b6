"""A depth order chosen by hand holds, moves as few people as it can, and leaves an order that holds alone."""

import numpy as np
from numpy.testing import assert_allclose

from sefd_viewer.geometry import depth_factors
from sefd_viewer.geometry.image_plane import painted_factors

DEPTHS = np.array([[2.8, 3.0, 3.2], [3.9, 4.0, 4.3], [5.8, 6.0, 6.2]])


def test_the_order_of_the_depths_changes_nothing() -> None:
    assert_allclose(depth_factors(DEPTHS, [0, 1, 2]), 1.0)


def test_one_who_is_put_first_stands_wholly_before_the_others_and_nobody_else_moves() -> None:
    factors = depth_factors(DEPTHS, [2, 0, 1])
    assert_allclose(factors[:2], 1.0)
    assert factors[2] * 6.2 < 2.8


def test_one_who_is_put_last_stands_wholly_behind() -> None:
    factors = depth_factors(DEPTHS, [1, 2, 0])
    assert_allclose(factors[1:], 1.0)
    assert_allclose(factors[0] * 2.8, 1.01 * 6.2)  # a hundredth of the depth lies free between them


def test_any_order_of_any_people_holds() -> None:
    generator = np.random.default_rng(3)
    for _ in range(200):
        count = int(generator.integers(1, 7))
        middle = generator.uniform(2.0, 8.0, count)
        half = generator.uniform(0.1, 0.5, count)
        depths = np.column_stack([middle - half, middle, middle + half])
        order = generator.permutation(count).tolist()
        factors = depth_factors(depths, order)
        moved = depths * factors[:, None]
        for rank, person in enumerate(order):
            for other in order[:rank]:
                assert moved[other, 1] < moved[person, 1]
                if middle[other] > middle[person]:
                    assert moved[other, 2] < moved[person, 0]


def test_painted_people_stand_wholly_before_all_others_the_nearest_first() -> None:
    depths = DEPTHS[:, [0, 2]]
    factors = painted_factors(depths, [2, 1])
    moved = depths * factors[:, None]
    assert factors[0] == 1
    assert moved[2, 1] < moved[1, 0] < moved[1, 1] < moved[0, 0]
    assert_allclose(painted_factors(depths, [0]), 1.0)  # stands before them anyway
    assert_allclose(painted_factors([[-1.0, 2.0], [3.0, 4.0]], [0]), 1.0)  # reaches behind the camera
    assert_allclose(painted_factors(depths, []), 1.0)
