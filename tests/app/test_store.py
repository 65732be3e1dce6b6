from dataclasses import replace

from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.store import Store


def test_listeners_get_the_old_and_the_new_state_and_only_when_something_changed():
    store, seen = Store(), []
    store.connect(lambda old, new: seen.append((old.record, new.record)))
    store.set(ViewerState(record="a"))
    store.set(ViewerState(record="a"))
    assert seen == [(None, "a")]


def test_undo_and_redo_put_states_back():
    store = Store()
    for key in "abc":
        store.set(store.state.with_record(key))
    store.undo()
    store.undo()
    assert store.state.record == "a"
    store.redo()
    assert store.state.record == "b"
    assert store.can_undo
    assert store.can_redo


def test_a_new_step_forgets_what_was_undone():
    store = Store()
    store.set(ViewerState(record="a"))
    store.undo()
    store.set(ViewerState(record="b"))
    assert not store.can_redo


def test_a_slider_that_moves_is_one_step():
    store = Store(ViewerState())
    for kernel in (3, 5, 7, 9):
        edges = replace(store.state.edges, kernel=kernel)
        store.set(replace(store.state, edges=edges), merge="kernel")
    store.undo()
    assert store.state == ViewerState()
    assert not store.can_undo


def test_a_held_key_is_no_step():
    store = Store()
    store.set(replace(store.state, bare=True), remember=False)
    assert not store.can_undo


def test_opening_another_data_set_forgets_the_history():
    store = Store()
    store.set(ViewerState(record="a"))
    store.reset(ViewerState(record="z"))
    assert store.state.record == "z"
    assert not store.can_undo


def test_the_history_has_an_end():
    store = Store(depth=3)
    for key in "abcdef":
        store.set(store.state.with_record(key))
    for _ in range(10):
        store.undo()
    assert store.state.record == "c"


def test_changing_a_layer_leaves_the_others_and_selects_it():
    state = ViewerState()
    changed = state.with_layer("canny", visible=True)
    assert changed.layers["canny"].visible
    assert changed.layer == "canny"
    assert changed.layers["boxes"] == state.layers["boxes"]
    assert not state.layers["canny"].visible
