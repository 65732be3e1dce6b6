"""The tabs beside the camera board: extrinsics, one image plane, and the convention inspector."""
