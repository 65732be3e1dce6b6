from __future__ import annotations

import numpy as np

from sefd_viewer.inference.messages import EdgesRequest
from sefd_viewer.inference.wire import Mailbox
from tests.inference.fake_engine import IMAGE, predict_request


def test_a_newer_request_replaces_the_waiting_one_of_its_kind_only() -> None:
    box = Mailbox()
    first, hed, second = predict_request(1), EdgesRequest(2, IMAGE), predict_request(3)
    assert box.put(first) is None
    assert box.put(hed) is None
    assert box.put(second) is first
    assert [box.take(), box.take(), box.take(wait=False)] == [second, hed, None]


def test_an_older_request_is_refused_even_when_the_newer_one_was_taken() -> None:
    box = Mailbox()
    box.put(predict_request(5))
    box.take()
    late = predict_request(4)
    assert box.put(late) is late


def test_a_running_job_is_superseded_by_a_newer_one_of_its_kind_and_cancelled_by_number() -> None:
    box = Mailbox()
    running = predict_request(1)
    box.put(running)
    box.take()
    box.put(EdgesRequest(2, IMAGE))
    assert not box.is_superseded(running)
    box.put(predict_request(3))
    assert box.is_superseded(running)
    assert not box.is_cancelled(running)
    dropped = box.cancel(2)
    assert [job.number for job in dropped] == [2]
    assert box.is_cancelled(running)
    assert box.take().number == 3


def test_closing_wakes_and_refuses() -> None:
    box = Mailbox()
    box.close()
    job = EdgesRequest(1, np.zeros((2, 2, 3), np.uint8))
    assert box.put(job) is job
    assert box.take() is None
    assert box.is_cancelled(job)
