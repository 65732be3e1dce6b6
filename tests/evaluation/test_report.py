"""The report: one file with everything in it, the worst case first, numbers and where they come from."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.story import Case, Show, write_show
from sefd_viewer.body import BodyModel
from sefd_viewer.body.files import open_body
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.report import cases
from sefd_viewer.evaluation.report.cases import Drawn, _glb, named_cases, worst_cases
from sefd_viewer.evaluation.report.writing import TRUTH, _own_cameras, color_of, work, write_report
from sefd_viewer.evaluation.runs.methods import Method, ReportOrder, WantedCase
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.jobs.background import Task


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunStore, Runner]:
    folder = tmp_path_factory.mktemp("report")
    (folder / "MuCo").mkdir()
    WRITERS["muco"](folder / "MuCo", Plan(2, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    dataset = open_dataset(folder / "MuCo", format="muco")
    methods = (Method("baseline", "baseline"), Method("student", "student"))
    options = RunOptions(device="cpu")
    store = RunStore(folder / "run", RunPlan.of(dataset, methods, settings_of(options)))
    runner = Runner(dataset, methods, options)
    runner.run(store, range(2))
    return store, runner


def test_the_worst_case_comes_first(made: tuple[RunStore, Runner]) -> None:
    store, _ = made
    cases = worst_cases(store, "student", 3)
    errors = [case.numbers["student"]["mpjpe_mm"] for case in cases]
    assert errors == sorted(errors, reverse=True)
    table = store.table()
    assert errors[0] == table.filter(table["method"] == "student")["mpjpe_mm"].max()
    gains = [
        case.numbers["baseline"]["mpjpe_mm"] - case.numbers["student"]["mpjpe_mm"]
        for case in worst_cases(store, "baseline-student", 4)
    ]
    assert gains == sorted(gains, reverse=True)
    with pytest.raises(SefdError, match="no method nobody"):
        worst_cases(store, "nobody", 3)
    with pytest.raises(SefdError, match="no person 77"):
        named_cases(store, [WantedCase(cases[0].record, "77")])


def test_the_page_holds_all_it_needs(made: tuple[RunStore, Runner], tmp_path: Path) -> None:
    import trimesh

    store, runner = made
    (case,) = worst_cases(store, "student", 1)
    path = tmp_path / "report.html"
    assert write_report(path, store, runner, [case], title="A <title>", notes="Look & see") == []
    page = path.read_text("utf-8")
    assert "A &lt;title&gt;" in page
    assert "Look &amp; see" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "http://" not in page
    assert "https://" not in page
    pictures = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1])
    assert set(pictures) == {"baseline", "student", "ground truth", "photo alone"}
    assert len(set(pictures.values())) == 4
    meshes = re.findall(r'<script type="text/plain" id="mesh-0-\d">(.*?)</script>', page, re.S)
    assert len(meshes) == 3
    scene = trimesh.load(io.BytesIO(base64.b64decode(meshes[0])), file_type="glb")
    (mesh,) = scene.geometry.values()
    assert len(mesh.vertices) == 6890
    assert np.abs(mesh.vertices).max() < 1.5
    for identity in store.plan.methods.values():
        assert identity in page


def test_a_run_on_a_disk_that_takes_no_files_can_be_reported(
    made: tuple[RunStore, Runner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> Path:
        raise SefdError("cannot be written (Read-only file system)", where=folder)

    monkeypatch.setattr("sefd_viewer.evaluation.runs.store.writable_folder", refuse)
    found = open_run(made[0].folder)
    assert found.table().equals(made[0].table())
    cases = worst_cases(found, "student", 1)
    assert write_report(tmp_path / "page.html", found, made[1], cases, title="Read only") == []


HOSTILE = "</script><script>alert(1)</script><!--\u2028\"'"


def test_names_cannot_run_anything(made: tuple[RunStore, Runner], tmp_path: Path) -> None:
    plan = made[0].plan
    methods = (Method(HOSTILE, "student"),)
    runner = Runner(open_dataset(Path(plan.root)), methods, RunOptions(device="cpu"))
    hostile = {HOSTILE: HOSTILE}
    run = RunStore(tmp_path / "run", replace(plan, dataset=HOSTILE, methods=hostile, settings=hostile))
    runner.run(run, [0])
    (case, *_) = worst_cases(run, HOSTILE, 1)
    case = replace(case, record=HOSTILE, title=HOSTILE, note=HOSTILE)
    path = tmp_path / "report.html"
    assert write_report(path, run, runner, [case], title=HOSTILE, notes=HOSTILE) == []
    page = path.read_text("utf-8")
    assert page.count("<script>") == page.count("</script>") - page.count("<script type=") == 1
    assert "<!--" not in page
    pictures = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1])
    assert HOSTILE in pictures


def test_a_list_of_cases_becomes_a_page_with_its_titles_and_notes(
    made: tuple[RunStore, Runner], tmp_path: Path
) -> None:
    store, _ = made
    record = str(store.table()["record"][0])
    people = store.table().filter(store.table()["record"] == record)["person"].n_unique()
    show, page = tmp_path / "talk.sefd-show.json", tmp_path / "report.html"
    write_show(show, Show("Hands & <arms>", (Case(record, "The hug", "Look at <b>him</b>\nand at her"),)))
    words = ["report", str(store.folder), "--out", str(page), "--cases-from", str(show), "--device", "cpu"]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert not ended.value.code
    text = page.read_text("utf-8")
    assert "<title>Hands &amp; &lt;arms&gt;</title>" in text
    assert text.count("The hug</h2>") == people
    assert text.count("Look at &lt;b&gt;him&lt;/b&gt;\nand at her") == 1
    assert f" of {record}" in text


def test_a_record_that_the_run_does_not_have_is_named(made: tuple[RunStore, Runner]) -> None:
    with pytest.raises(SefdError, match=r"nobody of elsewhere.*Evaluate all photos"):
        named_cases(made[0], [WantedCase("elsewhere")])


def test_a_page_that_is_stopped_is_not_written(made: tuple[RunStore, Runner], tmp_path: Path) -> None:
    store, _ = made
    record, page = str(store.table()["record"][0]), tmp_path / "report.html"
    task = Task(lambda _news: None)
    task.lead("stop")
    with pytest.raises(SefdError, match="stopped"):
        work(ReportOrder(str(store.folder), str(page), (WantedCase(record),), device="cpu"), task)
    assert not page.exists()


def test_a_case_without_a_picture_is_told_and_the_rest_is_written(
    made: tuple[RunStore, Runner], tmp_path: Path
) -> None:
    store, runner = made
    cases = worst_cases(store, "student", 2)
    picture = runner.load(cases[0].position).record.image_path
    kept = picture.read_bytes()
    other = [case for case in worst_cases(store, "student", 4) if case.position != cases[0].position][:1]
    picture.unlink()
    try:
        problems = write_report(tmp_path / "report.html", store, runner, [cases[0], *other], title="x")
    finally:
        picture.write_bytes(kept)
    assert len(problems) == 1
    assert (tmp_path / "report.html").read_text().count('<section class="case">') == 2


PAGE = """
const vm = require("vm"), fs = require("fs"), lenses = [];
const known = { getAttribLocation: () => 0, getUniformLocation: (_program, name) => name };
const gl = new Proxy({}, { get: (_gl, name) => {
  if (name === "uniform2f") return (place, x, y) => lenses.push([x, y]);
  return known[name] || (() => ({}));
} });
const canvas = (mesh) => ({ dataset: { mesh }, clientWidth: 200, clientHeight: 300,
  getContext: (kind) => (kind === "webgl" ? gl : { drawImage() {} }), addEventListener() {} });
const meshes = JSON.parse(fs.readFileSync(0));
const document = { createElement: () => canvas(""), addEventListener() {},
  getElementById: (id) => ({ textContent: meshes[id] }) };
const page = { window: { addEventListener() {} }, document, atob, TextDecoder };
vm.createContext(page);
vm.runInContext(fs.readFileSync(process.argv[1], "utf8"), page);
page.figure = { querySelectorAll: () => Object.keys(meshes).map(canvas) };
vm.runInContext("linkPanels(figure, new Renderer())", page);
console.log(JSON.stringify(lenses));
"""
"""Runs the page's script on meshes from the standard input, without a browser; prints the scales drawn on."""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
def test_bodies_side_by_side_are_drawn_on_one_scale(open_body: BodyModel) -> None:
    camera = PinholeCamera(np.full(2, 500.0), np.full(2, 250.0))
    stretched = open_body.v_template.copy()
    stretched[stretched[:, 0].argmax()] += (0.6, 0.0, 0.0)
    drawn = [Drawn("one", (0, 0, 0), one, open_body, camera) for one in (open_body.v_template, stretched)]
    meshes = json.dumps({str(place): _glb(one) for place, one in enumerate(drawn)})
    script = Path(cases.__file__).with_name("viewer.js")
    told = subprocess.run(
        ["node", "-e", PAGE, str(script)], input=meshes, capture_output=True, text=True, check=True
    )
    first, second = json.loads(told.stdout)
    assert first == second


def test_a_method_has_one_colour_in_all_of_the_page() -> None:
    table, case = ("mine", "student", "yours"), ("student", "yours", "mine")
    assert [color_of(name, case) for name in table] == [color_of(name, table) for name in table]
    assert len({color_of(name, table) for name in table}) == 3


def test_a_method_that_sees_through_a_far_camera_of_its_own_says_so() -> None:
    near, far = (PinholeCamera(np.full(2, f), np.array([48.0, 36.0])) for f in (90.0, 5000 / 256 * 96))
    truth, ours, hmr = (
        Drawn(name, (1, 2, 3), np.zeros((1, 3)), open_body(), camera)
        for name, camera in ((TRUTH, near), ("ours", near), ("hmr", far))
    )
    assert _own_cameras([ours, truth], near) == ""
    assert "hmr by its own camera, 1,875 px" in _own_cameras([ours, hmr, truth], None)
    assert "ours by" not in _own_cameras([ours, hmr], near)
