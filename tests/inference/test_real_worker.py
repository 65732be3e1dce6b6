from __future__ import annotations

import os
import queue
import signal

import pytest

from sefd_viewer.inference.client import InferenceClient
from sefd_viewer.inference.messages import Failed, Finished, MeshEdgeResult, Message, Ready, RoleResult

WAIT_S = 300


@pytest.mark.slow
def test_two_people_through_the_spawned_networks_and_again_after_a_kill(request_for, open_body) -> None:
    messages: queue.Queue[Message] = queue.Queue()
    client = InferenceClient(messages.put, device="cpu")

    def until_end_of(number: int) -> list[Message]:
        heard = [messages.get(timeout=WAIT_S)]
        while not (isinstance(heard[-1], Finished | Failed) and heard[-1].number == number):
            heard.append(messages.get(timeout=WAIT_S))
        return heard

    try:
        client.submit(request_for(1))
        heard = until_end_of(1)
        assert isinstance(heard[0], Ready)
        assert heard[0].device == "cpu"
        assert [m.role for m in heard if isinstance(m, RoleResult)] == ["baseline", "student", "teacher"]
        assert any(isinstance(m, MeshEdgeResult) for m in heard)
        vertices = [m.predictions[1].vertices_camera for m in heard if isinstance(m, RoleResult)]
        assert [v.shape for v in vertices] == [(open_body.vertex_count, 3)] * 3

        assert client.pid
        os.kill(client.pid, signal.SIGKILL)
        while not isinstance(messages.get(timeout=WAIT_S), Failed):
            pass
        client.submit(request_for(2, roles=("student",)))
        assert isinstance(until_end_of(2)[-1], Finished)
    finally:
        client.close()
