"""A hub on this machine: the endpoints of the Hugging Face hub that downloads use."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

SHARED = Path(__file__).parents[2].parent / "shared"
COMMIT = "a" * 40


@dataclass
class Hub:
    """What the server serves, how it misbehaves, and what it was asked."""

    repositories: dict[str, dict[str, bytes]]
    url: str = ""
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """For a path: after how many bytes the next answers break off."""
    sent_instead: dict[str, bytes] = field(default_factory=dict)
    refusal: tuple[int, str] | None = None
    """Status and the hub's error code, for everything."""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Paths of files asked for and their Range."""

    def ranges(self, path: str) -> list[str | None]:
        return [asked for name, asked in self.requests if name == path]


def _answer(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            path = self.path.partition("?")[0]
            if hub.refusal is not None:
                return self.refuse(*hub.refusal)
            if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/.+)?", path):
                return self.info(found[1])
            if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                return self.file(found[1], found[3])
            return self.refuse(404, "")

        def refuse(self, status, code):
            self.send_response(status)
            if code:
                self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def info(self, repo):
            if repo not in hub.repositories:
                return self.refuse(401, "RepoNotFound")
            siblings = []
            for path, content in hub.repositories[repo].items():
                entry = {"rfilename": path, "size": len(content)}
                entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
                if path.endswith((".safetensors", ".hdf5")):
                    sha256 = hashlib.sha256(content).hexdigest()
                    entry["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 130}
                siblings.append(entry)
            card = {"license": "cc-by-nc-4.0"}
            body = {"id": repo, "sha": COMMIT, "cardData": card, "siblings": siblings}
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def file(self, repo, path):
            if path not in hub.repositories.get(repo, {}):
                return self.refuse(404, "EntryNotFound")
            asked = self.headers.get("Range")
            if self.command == "GET":
                hub.requests.append((path, asked))
            content = hub.sent_instead.get(path, hub.repositories[repo][path])
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if self.command == "HEAD":
                return
            cuts = hub.cuts.get(path)
            stop = start + cuts.pop(0) if cuts else len(content)
            self.wfile.write(content[start:stop])
            self.close_connection = True

    return Handler


@pytest.fixture
def hub(monkeypatch):
    """A hub with two small published models; one has data for reward prompts."""
    folder = SHARED / "golden" / "model_simple"
    if not folder.is_dir():
        pytest.skip("the shared golden checkpoints are not here")
    # With the real chunks of 10 MB such small files would arrive all at once or not at all.
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 64 * 1024)
    model = {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors")}
    model["README.md"] = b"---\nlicense: cc-by-nc-4.0\n---\n"
    model["data/buffer_inference_500000.hdf5"] = bytes(range(256)) * 2000
    served = Hub({"facebook/metamotivo-S-1": model, "someone/no-model": {"README.md": b"hello"}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answer(served))
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()
