"""The folder of models, and the command that keeps it."""

import argparse
import shutil
from pathlib import Path

import pytest

from runtime.cli import models
from runtime.errors import UserError
from runtime.policy import store
from runtime.policy.download import CC_BY_NC_4, fetch_model
from runtime.policy.store import find_installed, import_model, list_installed, remove_model
from runtime.progress import Cancelled

GOLDEN = Path(__file__).parents[2].parent / "shared" / "golden" / "model_simple"
pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="golden checkpoints are not here")


@pytest.fixture
def command(tmp_path, capsys):
    """Runs ``models ...`` on a cache of its own and returns what it printed."""

    def call(*words):
        parser = argparse.ArgumentParser()
        models.add_parser(parser.add_subparsers())
        args = parser.parse_args(["models", *map(str, words), "--cache", str(tmp_path / "cache")])
        assert models.run(args) == 0
        return capsys.readouterr().out

    return call


def test_import_list_and_remove(command, tmp_path):
    assert "not here" in command("list")
    path = command("import", GOLDEN, "--name", "mine", "--licence", "CC0").strip()
    assert path == str(tmp_path / "cache" / "mine")
    line = next(line for line in command("list").splitlines() if "mine" in line)
    assert "installed" in line and "CC0" in line
    assert "Removed mine" in command("remove", "mine")
    assert "mine" not in command("list")


def test_download_by_command_asks_for_the_licence(hub, command, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    with pytest.raises(UserError, match="--accept-license"):
        command("download", "metamotivo-S-1")
    out = command("download", "metamotivo-S-1", "--accept-license")
    assert out.strip().endswith("metamotivo-S-1")
    assert "CC BY-NC 4.0" in command("list")


def test_a_begun_download_is_listed_as_such(hub, command, tmp_path):
    def stop(fraction, text="", preview=None):
        raise Cancelled

    options = {"cache": tmp_path / "cache", "endpoint": hub.url, "accept_license": True}
    with pytest.raises(Cancelled):
        fetch_model("metamotivo-S-1", progress=stop, **options)
    assert "begun; download it again" in command("list")
    command("remove", "metamotivo-S-1")
    assert "begun; download it again" not in command("list")


def test_on_a_terminal_the_licence_is_shown_and_a_yes_is_needed(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, accepted in (("y", True), ("", False), ("no", False)):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert models.ask_on_terminal(CC_BY_NC_4) is accepted
        assert "not for commercial" in capsys.readouterr().err


def test_the_cache_can_be_chosen_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path))
    import_model(GOLDEN, "mine")
    assert [model.record.name for model in list_installed()] == ["mine"]
    assert (tmp_path / "mine" / "model.safetensors").is_file()


def test_what_is_not_a_whole_model_is_never_imported(tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(GOLDEN, broken)
    weights = broken / "model.safetensors"
    weights.chmod(0o644)
    broken.chmod(0o755)
    content = weights.read_bytes()
    weights.write_bytes(content[:-1000])
    with pytest.raises(UserError):
        import_model(broken, cache=tmp_path / "cache")
    weights.write_bytes(b"\x80\x04" + content)
    with pytest.raises(UserError, match="never opened"):
        import_model(broken, cache=tmp_path / "cache")
    weights.unlink()
    with pytest.raises(UserError, match="safetensors"):
        import_model(broken, cache=tmp_path / "cache")
    with pytest.raises(UserError, match=r"config\.json"):
        import_model(tmp_path, "empty", cache=tmp_path / "cache")
    assert list_installed(tmp_path / "cache") == []


def test_an_import_that_stops_half_way_leaves_nothing_to_load(tmp_path, monkeypatch):
    real, copied = shutil.copyfile, []

    def fail_at_the_second(source, target):
        if copied:
            raise OSError(28, "No space left on device")
        copied.append(real(source, target))

    monkeypatch.setattr(store.shutil, "copyfile", fail_at_the_second)
    with pytest.raises(UserError, match="No space left"):
        import_model(GOLDEN, "mine", cache=tmp_path)
    assert find_installed("mine", tmp_path) is None and not (tmp_path / "mine").exists()
    monkeypatch.undo()
    import_model(GOLDEN, "mine", cache=tmp_path)


def test_removal_and_names_are_checked(tmp_path):
    import_model(GOLDEN, "mine", cache=tmp_path)
    with pytest.raises(UserError, match="installed: mine"):
        remove_model("other", tmp_path)
    with pytest.raises(UserError, match="cannot be a model's name"):
        remove_model("../mine", tmp_path)
    with pytest.raises(UserError, match="installed already"):
        import_model(GOLDEN, "mine", cache=tmp_path)


def test_a_folder_without_a_readable_record_is_no_installed_model(tmp_path):
    installed = import_model(GOLDEN, "mine", cache=tmp_path)
    (installed.path / store.RECORD_NAME).write_text("{")
    assert list_installed(tmp_path) == []
