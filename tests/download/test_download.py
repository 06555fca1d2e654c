"""A model arrives whole, checked and with its licence accepted, or is not there at all."""

import resource

import pytest

from runtime.errors import UserError
from runtime.policy import store
from runtime.policy.download import CC_BY_NC_4, fetch_model
from runtime.policy.store import find_installed, list_installed
from runtime.progress import Cancelled, silent
from runtime.worker.handlers import download_model

NAME = "metamotivo-S-1"
WEIGHTS = "model.safetensors"
BUFFER = "data/buffer_inference_500000.hdf5"


@pytest.fixture
def fetch(hub, tmp_path):
    def call(name=NAME, **options):
        options = {"accept_license": True, "endpoint": hub.url, "cache": tmp_path, **options}
        return fetch_model(name, **options)

    return call


def test_a_model_arrives_as_published_and_can_be_loaded(hub, fetch, tmp_path):
    folder = fetch()
    for name in ("config.json", WEIGHTS):
        assert (folder / name).read_bytes() == hub.repositories[f"facebook/{NAME}"][name]
    assert not (folder / BUFFER).exists()
    record = find_installed(NAME, tmp_path).record
    assert record.licence == "CC BY-NC 4.0" and record.source == f"facebook/{NAME}"

    from runtime.policy import FBcprModel

    options = {"cache": tmp_path, "endpoint": hub.url, "accept_license": True}
    model = FBcprModel.from_pretrained(f"facebook/{NAME}", **options)
    assert model.sample_z(2).shape == (2, 32)


def test_an_installed_model_needs_no_network(hub, fetch):
    folder = fetch()
    hub.refusal = (500, "")
    assert fetch() == folder
    assert fetch(f"facebook/{NAME}") == folder


def test_nothing_is_downloaded_before_the_licence_is_accepted(hub, fetch, tmp_path):
    shown = []

    def decline(licence):
        shown.append(licence)
        return False

    for answer in (False, decline):
        with pytest.raises(UserError, match=r"CC BY-NC 4\.0"):
            fetch(accept_license=answer)
    assert shown == [CC_BY_NC_4]
    assert hub.requests == [] and list_installed(tmp_path) == []


def test_progress_grows_to_the_whole_and_names_the_file(fetch):
    seen = []
    fetch(with_buffer=True, progress=lambda *said: seen.append(said[:2]))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1)
    assert len(fractions) > 10
    assert any(WEIGHTS in text for _, text in seen)


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub, fetch):
    hub.cuts[WEIGHTS] = [300_000]
    folder = fetch()
    assert (folder / WEIGHTS).read_bytes() == hub.repositories[f"facebook/{NAME}"][WEIGHTS]
    first, second = hub.ranges(WEIGHTS)
    assert first is None
    assert 200_000 < int(second.removeprefix("bytes=").removesuffix("-")) <= 300_000


def test_a_stopped_download_goes_on_in_the_next_run_and_cannot_be_loaded_before(
    hub, fetch, tmp_path
):
    def stop(fraction, text="", preview=None):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(progress=stop)
    assert list_installed(tmp_path) == [] and not (tmp_path / NAME).exists()
    assert not list(tmp_path.rglob(WEIGHTS))
    folder = fetch()
    assert (folder / WEIGHTS).read_bytes() == hub.repositories[f"facebook/{NAME}"][WEIGHTS]
    assert hub.ranges(WEIGHTS)[-1] is not None
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("path", [WEIGHTS, "config.json"])
def test_a_file_with_a_wrong_checksum_is_thrown_away(hub, fetch, tmp_path, path):
    content = bytearray(hub.repositories[f"facebook/{NAME}"][path])
    content[len(content) // 2] ^= 1
    hub.sent_instead[path] = bytes(content)
    with pytest.raises(UserError, match="checksum"):
        fetch()
    assert list_installed(tmp_path) == []
    assert not [file for file in tmp_path.rglob("*") if path in file.name]
    hub.sent_instead.clear()
    fetch()


def test_a_file_of_another_length_than_listed_is_thrown_away(hub, fetch, tmp_path):
    hub.sent_instead[WEIGHTS] = b"short"
    with pytest.raises(UserError, match="checksum"):
        fetch()
    assert list_installed(tmp_path) == []


def test_the_data_for_reward_prompts_can_be_added_later(hub, fetch, tmp_path):
    folder = fetch()
    hub.requests.clear()
    assert fetch(with_buffer=True) == folder
    assert (folder / BUFFER).read_bytes() == hub.repositories[f"facebook/{NAME}"][BUFFER]
    assert {path for path, _ in hub.requests} == {BUFFER}
    assert set(find_installed(NAME, tmp_path).record.files) >= {WEIGHTS, BUFFER}


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((401, "GatedRepo"), "asked for access"),
        ((403, "GatedRepo"), "asked for access"),
        ((401, ""), "hf auth login"),
        ((403, ""), "hf auth login"),
        ((404, "RepoNotFound"), "not on the hub"),
        ((501, ""), "501"),
    ],
)
def test_a_refusal_says_what_to_do(hub, fetch, refusal, words):
    hub.refusal = refusal
    with pytest.raises(UserError, match=words) as error:
        fetch()
    assert error.value.details


def test_without_a_network_it_says_so(fetch):
    with pytest.raises(UserError, match="cannot be reached"):
        fetch(endpoint="http://127.0.0.1:9")


def test_in_offline_mode_it_says_so(hub, fetch, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="cannot be reached"):
        fetch()
    assert hub.requests == []


def test_a_disk_without_room_is_noticed_before_downloading(hub, fetch, monkeypatch):
    usage = store.shutil.disk_usage("/")
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: usage._replace(free=500_000))
    with pytest.raises(UserError, match=r"needs 1\.\d MB .* has 0\.5 MB left"):
        fetch()
    assert hub.requests == []


def test_a_disk_that_fills_up_on_the_way_is_told_in_words(hub, fetch, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        with pytest.raises(UserError, match="cannot be written"):
            fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list_installed(tmp_path) == []
    fetch()


def test_unknown_names_and_repositories_without_a_model_are_refused(fetch):
    with pytest.raises(UserError, match="metamotivo-S-1"):
        fetch("metamotivo-XL")
    with pytest.raises(UserError, match=r"no config\.json"):
        fetch("someone/no-model")
    with pytest.raises(UserError, match="not on the hub"):
        fetch("someone/else")


def test_blender_downloads_under_the_licence_that_was_shown_and_no_other(
    hub, tmp_path, monkeypatch
):
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path))
    with pytest.raises(UserError, match="has to be accepted first"):
        download_model({"name": NAME, "accepted": "MIT"}, silent)
    assert download_model({"name": NAME, "accepted": CC_BY_NC_4.name}, silent) == {"name": NAME}
    assert (find_installed(NAME, tmp_path).path / BUFFER).exists()
