from pathlib import Path

from sefd_viewer.app.settings import RECENT_LIMIT, Settings, load_settings, save_settings

FULL = Settings(
    theme="light",
    device="cpu",
    bodies=("/bodies/SMPL_FEMALE.npz", "/bodies/folder"),
    weights={"student": "/w/student.safetensors"},
    recent=("/a.jpg", "/b"),
    geometry="AAAA",
)


def test_what_is_saved_is_read_again(tmp_path: Path):
    file = tmp_path / "deep" / "settings.toml"
    save_settings(file, FULL)
    assert load_settings(file) == (FULL, None)


def test_a_missing_file_gives_the_defaults(tmp_path: Path):
    assert load_settings(tmp_path / "none.toml") == (Settings(), None)


def test_a_broken_file_gives_the_defaults_and_words_with_its_name(tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text("theme = = 3")
    settings, words = load_settings(file)
    assert settings == Settings()
    assert words is not None
    assert str(file) in words


def test_a_wrong_value_is_named_and_the_others_stay(tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text('theme = "pink"\ndevice = 3\nrecent = ["/a"]\n')
    settings, words = load_settings(file)
    assert settings == Settings(recent=("/a",))
    assert words is not None
    assert "theme" in words
    assert "device" in words


def test_a_persons_own_comments_survive(tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text('# mine\ntheme = "dark"\nown = 1\n')
    save_settings(file, Settings(theme="light"))
    text = file.read_text()
    assert "# mine" in text
    assert "own = 1" in text
    assert 'theme = "light"' in text


def test_a_body_that_is_let_go_leaves_the_file(tmp_path: Path):
    file = tmp_path / "settings.toml"
    save_settings(file, FULL)
    save_settings(file, Settings())
    assert load_settings(file)[0].bodies == ()


def test_the_one_body_that_earlier_versions_kept_is_still_used(tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text('body = "/bodies/SMPL_NEUTRAL.npz"\n')
    assert load_settings(file)[0].bodies == ("/bodies/SMPL_NEUTRAL.npz",)


def test_the_newest_input_is_first_and_the_list_has_an_end():
    settings = Settings()
    for number in range(20):
        settings = settings.with_recent(f"/{number}")
    settings = settings.with_recent("/15")
    assert settings.recent[:2] == ("/15", "/19")
    assert len(settings.recent) == RECENT_LIMIT
