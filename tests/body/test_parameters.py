"""Body parameters are checked when they are made and survive a file."""

import json
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sefd_viewer.body import SmplParameters
from sefd_viewer.errors import BodyError

ZEROS = {
    "global_orient": np.zeros(3),
    "body_pose": np.zeros(69),
    "betas": np.zeros(10),
    "transl": np.zeros(3),
}


def test_everything_becomes_float32(parameters: SmplParameters) -> None:
    assert {getattr(parameters, name).dtype for name in ZEROS} == {np.dtype(np.float32)}


def test_the_whole_pose_is_root_then_body(parameters: SmplParameters) -> None:
    again = SmplParameters.from_pose("x", parameters.pose, parameters.betas, parameters.transl)
    assert parameters.pose.shape == (72,)
    assert_array_equal(again.global_orient, parameters.global_orient)
    assert_array_equal(again.body_pose, parameters.body_pose)


@pytest.mark.parametrize("name", ZEROS)
def test_another_shape_is_refused_by_name(name: str) -> None:
    with pytest.raises(BodyError, match=f"{name} has shape"):
        SmplParameters("x", **ZEROS | {name: np.zeros(5)})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_must_be_finite(value: float) -> None:
    with pytest.raises(BodyError, match="transl holds values that are not finite"):
        SmplParameters("x", **ZEROS | {"transl": np.array([0, 0, value])})


def test_words_are_refused() -> None:
    with pytest.raises(BodyError, match="betas is not 10 numbers"):
        SmplParameters("x", **ZEROS | {"betas": ["tall"] * 10})


def test_round_trip_through_json_and_pickle(parameters: SmplParameters) -> None:
    from_json = SmplParameters.from_dict(json.loads(json.dumps(parameters.to_dict())))
    from_pickle = pickle.loads(pickle.dumps(parameters))
    for again in (from_json, from_pickle):
        assert again.body_id == parameters.body_id
        for name in ZEROS:
            assert_array_equal(getattr(again, name), getattr(parameters, name))


def test_a_missing_field_is_named() -> None:
    with pytest.raises(BodyError, match="lack body_pose, betas"):
        SmplParameters.from_dict({"body_id": "x", "global_orient": [0, 0, 0], "transl": [0, 0, 0]})
