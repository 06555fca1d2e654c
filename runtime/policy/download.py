"""Published models from the Hugging Face hub, whole and checked, or not at all.

The transfer itself, its retries and its login are ``huggingface_hub``'s. What
it does not do is done here: asking about the licence, going on after the
program was stopped, comparing checksums, and saying in words what went wrong.
"""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..progress import Part, Progress, silent
from .config import CONFIG_NAME
from .store import (
    Record,
    check_space,
    default_cache,
    explained_disk_errors,
    find_installed,
    incoming_folder,
    megabytes,
    write_record,
)

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

_log = logging.getLogger(__name__)

WEIGHTS_NAME = "model.safetensors"
BUFFER_PATTERN = re.compile(r"data/[A-Za-z0-9._-]+\.hdf5")
TEXTS = ("README.md", "LICENSE", "LICENSE.md", "LICENSE.txt")
HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Licence:
    """What a person agrees to before a download starts."""

    name: str
    text: str
    url: str = ""

    def __str__(self) -> str:
        return "\n".join(line for line in (self.name, self.text, self.url) if line)


CC_BY_NC_4 = Licence(
    "CC BY-NC 4.0",
    "You may use, share and change the weights and the data if you credit Meta, and not for "
    "commercial purposes. Motions made with them carry this licence in their metadata.",
    "https://creativecommons.org/licenses/by-nc/4.0/",
)

PUBLISHED: dict[str, str] = {
    **{f"metamotivo-S-{seed}": f"facebook/metamotivo-S-{seed}" for seed in range(1, 6)},
    "metamotivo-M-1": "facebook/metamotivo-M-1",
}
"""Models known by a short name, and their repositories."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository at one revision."""

    path: str
    size: int
    digest: str
    """sha256 of the content, or of a small file git's sha1 of it."""

    @property
    def part(self) -> str:
        """Where it lies while it is incomplete; another version is another part."""
        return f"{self.path}.{self.digest[:16]}.part"


Accept = bool | Callable[[Licence], bool]


def fetch_model(
    name: str,
    cache: str | Path | None = None,
    accept_license: Accept = False,
    with_buffer: bool = False,
    revision: str | None = None,
    endpoint: str | None = None,
    progress: Progress = silent,
) -> Path:
    """The folder of a model, downloaded if it is not installed yet.

    name: one of ``PUBLISHED`` or a repository, ``owner/name``.
    accept_license: True, or a function that shows the licence and says whether
    it is accepted; nothing is downloaded otherwise.
    with_buffer: also the data that reward prompts are inferred from.
    endpoint: the hub; else ``HF_ENDPOINT``, else huggingface.co.

    A model that is installed needs no network. A stopped download goes on where
    it stopped. Raises ``UserError`` saying what to do when offline, refused, out
    of space, or when what arrived is not what the hub lists.
    """
    root = Path(cache) if cache is not None else default_cache()
    repo = repository_of(name)
    folder_name = folder_name_of(repo)
    installed = find_installed(folder_name, root)
    if installed is not None and (not with_buffer or any(installed.path.glob("data/*.hdf5"))):
        return installed.path

    endpoint = endpoint or os.environ.get("HF_ENDPOINT") or HUB
    if installed is not None:
        revision = installed.record.revision  # the buffer that belongs to these weights
    with explained_hub_errors(repo, endpoint):
        info = _model_info(repo, revision, endpoint)
    files = _wanted_files(info, repo, with_buffer)
    if installed is not None:
        files = [file for file in files if file.path not in installed.record.files]
    licence = licence_of(info, repo)
    accepted = accept_license(licence) if callable(accept_license) else accept_license
    if not accepted:
        raise UserError(
            f"{repo} is under the licence {licence.name}, which has to be accepted first: "
            f"run `python -m runtime models download {name}` and read it."
        )

    incoming = incoming_folder(folder_name, root)
    check_space(root, sum(file.size - _present(incoming, file) for file in files))
    total = max(1, sum(file.size for file in files))
    done = 0
    for file in files:
        part = Part(progress, done / total, (done + file.size) / total)
        with explained_disk_errors(root), explained_hub_errors(repo, endpoint):
            _download(repo, str(info.sha), file, incoming, endpoint, part)
        done += file.size
    digests = {file.path: _sha256(incoming / file.path) for file in files}
    with explained_disk_errors(root):
        if installed is None:
            record = Record(folder_name, repo, licence.name, str(info.sha), digests)
            return _place(incoming, root / folder_name, record)
        return _add_files(incoming, installed.path, installed.record, digests)


def repository_of(name: str) -> str:
    """``owner/name`` of a known short name or of itself; ``UserError`` for anything else."""
    if name in PUBLISHED:
        return PUBLISHED[name]
    if re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", name):
        return name
    raise UserError(
        f"There is no model '{name}'; known are {', '.join(PUBLISHED)}, "
        "or give a repository as owner/name."
    )


def folder_name_of(repo: str) -> str:
    """The name under which a repository is installed."""
    for short, known in PUBLISHED.items():
        if repo == known:
            return short
    return repo.replace("/", "--")


def licence_of(info: "ModelInfo", repo: str) -> Licence:
    """The licence a repository states; of the published models it is known."""
    stated = getattr(info.card_data, "license", None) if info.card_data else None
    if repo in PUBLISHED.values() or str(stated).lower() == "cc-by-nc-4.0":
        return CC_BY_NC_4
    if stated:
        return Licence(str(stated), f"As stated by {repo}.")
    return Licence("not stated", f"{repo} does not say under which terms it may be used.")


@contextmanager
def explained_hub_errors(repo: str, endpoint: str) -> Iterator[None]:
    """Turns what the hub and the network answer into ``UserError``."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise UserError(
            f"{repo} is open only to people who asked for access: open {endpoint}/{repo} in a "
            "browser, accept its terms there, then log in with `hf auth login`.",
            repr(error),
        ) from error
    except errors.RevisionNotFoundError as error:
        raise UserError(f"{repo} has no such revision.", repr(error)) from error
    except errors.RepositoryNotFoundError as error:
        raise UserError(
            f"{repo} is not on the hub, or only for people with access; check the name, and "
            "log in with `hf auth login` if it is private.",
            repr(error),
        ) from error
    except (errors.OfflineModeIsEnabled, httpx2.TransportError) as error:
        raise UserError(
            f"{endpoint} cannot be reached, so {repo} cannot be downloaded; connect and try "
            "again (it goes on where it stopped), or copy the model from another computer "
            "with `python -m runtime models import`.",
            repr(error),
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        if status in (401, 403):
            raise UserError(
                f"{endpoint} refuses access to {repo} ({status}); log in with "
                "`hf auth login` using an account that may read it.",
                repr(error),
            ) from error
        raise UserError(
            f"{endpoint} answered with an error ({status}) for {repo}; try again later.",
            repr(error),
        ) from error


def _model_info(repo: str, revision: str | None, endpoint: str) -> "ModelInfo":
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint, library_name="motivo").model_info(
        repo, revision=revision, files_metadata=True
    )


def _wanted_files(info: "ModelInfo", repo: str, with_buffer: bool) -> list[RemoteFile]:
    """Small files first, so that what is wrong with them shows before the long wait."""
    files = []
    for entry in info.siblings or []:
        path = entry.rfilename
        is_buffer = BUFFER_PATTERN.fullmatch(path) is not None
        if path not in (CONFIG_NAME, WEIGHTS_NAME, *TEXTS) and not (is_buffer and with_buffer):
            continue
        digest = entry.lfs.sha256 if entry.lfs is not None else entry.blob_id
        if entry.size is None or not digest:
            raise UserError(f"The hub lists no size and checksum of '{path}' in {repo}.")
        files.append(RemoteFile(path, entry.size, digest))
    present = {file.path for file in files}
    missing = [name for name in (CONFIG_NAME, WEIGHTS_NAME) if name not in present]
    if missing:
        raise UserError(f"{repo} is not a model for Motivo: it has no {' and no '.join(missing)}.")
    if with_buffer and not any(BUFFER_PATTERN.fullmatch(path) for path in present):
        raise UserError(f"{repo} has no data for reward prompts; download it without the buffer.")
    return sorted(files, key=lambda file: file.size)


def _present(incoming: Path, file: RemoteFile) -> int:
    """Bytes of it that already arrived."""
    for path in (incoming / file.path, incoming / file.part):
        if path.is_file():
            return min(path.stat().st_size, file.size)
    return 0


def _download(
    repo: str, revision: str, file: RemoteFile, incoming: Path, endpoint: str, progress: Progress
) -> None:
    """Puts the file into ``incoming``, going on from a part, if its checksum is right."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    target, part = incoming / file.path, incoming / file.part
    if target.is_file() and _matches(target, file):
        progress(1.0, file.path)
        return
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as stream:
        if (begun := stream.tell()) > file.size:
            stream.truncate(begun := 0)
        if begun:
            _log.info("Going on with %s at %s", file.path, megabytes(begun))
        try:
            http_get(
                hf_hub_url(repo, file.path, revision=revision, endpoint=endpoint),
                stream,
                resume_size=begun,
                headers={**build_hf_headers(library_name="motivo"), "Accept-Encoding": "identity"},
                expected_size=file.size,
                displayed_filename=file.path,
                tqdm_class=_reporting_to(progress, file),
            )
        except OSError as error:
            # http_get raises a bare OSError for a wrong size, which is looked at below.
            if type(error) is not OSError or error.errno is not None:
                raise
            _log.info("%s", error)
    if not _matches(part, file):
        part.unlink()
        raise UserError(
            f"'{file.path}' of {repo} arrived damaged (its checksum is not the one the hub "
            "lists) and was thrown away; try again."
        )
    part.replace(target)


def _reporting_to(progress: Progress, file: RemoteFile) -> Any:
    """A progress bar class, as ``huggingface_hub`` wants one, that reports and shows nothing."""
    from tqdm import tqdm

    class Reporting(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            self._arrived: float = kwargs.get("initial", 0)

        def update(self, n: float | None = 1) -> bool | None:
            self._arrived += n or 0
            share = min(1.0, self._arrived / max(1, file.size))
            text = f"{file.path}: {megabytes(self._arrived)} of {megabytes(file.size)}"
            progress(share, text)
            return None

    return Reporting


def _matches(path: Path, file: RemoteFile) -> bool:
    if path.stat().st_size != file.size:
        return False
    if len(file.digest) == 64:
        return _sha256(path) == file.digest
    blob = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    blob.update(path.read_bytes())
    return blob.hexdigest() == file.digest


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _place(incoming: Path, final: Path, record: Record) -> Path:
    """Makes the finished folder the model, in one step."""
    for file in incoming.rglob("*"):
        if file.is_file() and file.relative_to(incoming).as_posix() not in record.files:
            file.unlink()  # parts and files of other versions, from earlier attempts
    write_record(incoming, record)
    if final.exists():  # without a readable record, or it would have been found
        shutil.rmtree(final)
    incoming.rename(final)
    return final


def _add_files(incoming: Path, final: Path, record: Record, digests: dict[str, str]) -> Path:
    """Adds finished files to an installed model, each in one step."""
    for path in digests:
        (final / path).parent.mkdir(parents=True, exist_ok=True)
        (incoming / path).replace(final / path)
    files = {**record.files, **digests}
    write_record(final, Record(record.name, record.source, record.licence, record.revision, files))
    shutil.rmtree(incoming)
    return final
