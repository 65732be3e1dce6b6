from sefd_viewer.errors import ImageError
from sefd_viewer.jobs.runner import Outcome, Runner, attempt
from tests.app.session_fakes import AtOnce, WhenTold


def fail():
    raise ImageError("it is torn", where="a.jpg", remedy="Mend it")


def test_an_exception_becomes_words():
    outcome = attempt("key", fail)
    assert outcome.value is None
    assert outcome.problem == "a.jpg: it is torn. Mend it"


def test_a_fault_of_the_program_keeps_its_traceback():
    outcome = attempt("key", lambda: [][0])
    assert outcome.problem == "IndexError: list index out of range"
    assert outcome.detail is not None
    assert "Traceback" in outcome.detail


def test_of_the_jobs_asked_for_meanwhile_only_the_newest_runs():
    executor, done = WhenTold(), []
    runner = Runner(executor, lambda call: call(), lambda name, o: done.append((name, o.value)))
    for value in range(5):
        runner.want("canny", value, lambda value=value: value)
    assert len(executor.jobs) == 1
    assert runner.waiting == 1
    executor.run_all()
    assert done == [("canny", 0), ("canny", 4)]


def test_asking_again_for_what_runs_drops_what_waits():
    executor, done = WhenTold(), []
    runner = Runner(executor, lambda call: call(), lambda _name, o: done.append(o.key))
    for key in (1, 2, 1):
        runner.want("a", key, lambda: None)
    executor.run_all()
    assert done == [1]


def test_names_run_side_by_side():
    executor = WhenTold()
    runner = Runner(executor, lambda call: call(), lambda _name, _outcome: None)
    runner.want("a", 1, lambda: None)
    runner.want("b", 1, lambda: None)
    assert runner.running == ("a", "b")
    executor.run_all()
    assert runner.running == ()


def test_after_closing_nothing_is_reported():
    executor, done = WhenTold(), list[Outcome]()
    runner = Runner(executor, lambda call: call(), lambda _name, o: done.append(o))
    runner.want("a", 1, lambda: None)
    runner.close()
    executor.run_all()
    runner.want("a", 2, lambda: None)
    assert done == []
    assert executor.jobs == []


def test_a_job_that_is_over_at_once_is_reported():
    done = []
    runner = Runner(AtOnce(), lambda call: call(), lambda _name, o: done.append(o.value))
    runner.want("a", 1, lambda: 5)
    assert done == [5]


def test_what_nobody_waits_for_is_not_told_and_gives_way():
    executor, done = WhenTold(), []
    runner = Runner(
        executor,
        lambda call: call(),
        lambda _name, o: done.append((o.key, o.value)),
        calm_s=0.001,
    )
    for key in (1, 2):
        runner.want("ahead", key, lambda key=key: f"made {key}", quiet=True)
    assert (runner.running, runner.waiting) == ((), 0)
    executor.run_all()
    assert done == [(1, None), (2, "made 2")]
    runner.want("ahead", 3, lambda: "made 3", quiet=True)
    runner.close()
    executor.run_all()
    assert len(done) == 2


def test_what_gave_way_begins_again_where_it_is_wanted_after_all():
    executor, posted, done = WhenTold(), [], []
    runner = Runner(executor, posted.append, lambda _name, o: done.append((o.key, o.value)), calm_s=0.001)

    def want(key):
        runner.want("ahead", key, lambda: f"made {key}", quiet=True)

    want(1)
    want(2)
    executor.run_next()  # 1 gives way to 2; before the window hears of it, 1 is wanted again
    want(1)
    posted.pop()()
    executor.run_all()
    posted.pop()()
    assert done == [(1, None), (1, "made 1")]
    assert not executor.jobs
