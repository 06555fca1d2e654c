"""Opens a real Blender window with the built extension at hand and runs a story in it.

    python tools/window/run.py tests/window/stories/whole_way.py

The window is Debian 13's Blender on a virtual screen, in a folder of its own
that is made on first use (as root, 1.2 GB, two minutes). Screenshots that the
story takes come to out/window. See driver.py for what a story is.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def blender_root() -> Path:
    """Where the Debian with Blender lives; beside other caches, so that every checkout shares it."""
    chosen = os.environ.get("MOTIVO_WINDOW_ROOT")
    return Path(chosen) if chosen else Path.home() / ".cache" / "motivo" / "debian13"


def obstacle() -> str:
    """Why no window can be opened here, or nothing."""
    if sys.platform != "linux":
        return "the window is a Debian's, for which Linux is needed"
    if os.geteuid() != 0:
        return "the Debian with Blender is entered by chroot, for which root is needed"
    if not Path("/etc/apt/sources.list.d/debian.sources").exists():
        return "the Debian with Blender is made from a Debian"
    trial = ["unshare", "--mount", "--pid", "--fork", "true"]
    if shutil.which("unshare") is None or subprocess.run(trial, capture_output=True).returncode:
        return "this machine does not let a process have mounts of its own"
    return ""


def newest_zip() -> Path:
    zips = sorted(
        (REPOSITORY / "dist").glob("motivo-*-linux-x64.zip"), key=lambda path: path.stat().st_mtime
    )
    if not zips:
        raise SystemExit("There is no zip yet; run tools/building/build_extension.py first.")
    return zips[-1]


def make_root() -> None:
    """Builds the Debian with Blender unless it is there."""
    subprocess.run(["bash", str(HERE / "make_root.sh"), str(blender_root())], check=True)


def run_story(
    story: Path, archive: Path, out: Path, files: Path | None = None, installed: Path | None = None
) -> int:
    """Runs a story in a window; returns Blender's exit code. It finds ``files`` in /job/files.

    ``installed`` is a folder for what the first story installs, so that others need not; it is
    on the disk of temporary files and not there yet.
    """
    make_root()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="motivo-window-") as folder:
        job = Path(folder)
        shutil.copy(HERE / "driver.py", job)
        shutil.copy(HERE / "open_window.sh", job)
        shutil.copy(story, job / "story.py")
        extensions = job / "blender-user" / "extensions"
        if installed is not None and installed.is_dir():
            # Half a gigabyte in which nothing is changed: links will do.
            shutil.copytree(installed, extensions, symlinks=True, copy_function=os.link)
        else:
            shutil.copy(archive, job / "extension.zip")
        if files is not None:
            shutil.copytree(files, job / "files")
        (job / "shots").mkdir()
        command = ["bash", str(HERE / "in_root.sh"), str(blender_root()), str(job)]
        code = subprocess.run([*command, "bash", "/job/open_window.sh", "/job/story.py"]).returncode
        for shot in sorted((job / "shots").iterdir()):
            shutil.copy(shot, out / shot.name)
        if code == 0 and installed is not None and not installed.is_dir():
            shutil.rmtree(extensions / ".user", ignore_errors=True)  # the story's own
            extensions.rename(installed)
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("story", type=Path)
    parser.add_argument("--zip", type=Path, help="default: the newest in dist")
    parser.add_argument("--files", type=Path, help="folder the story needs")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "out" / "window")
    arguments = parser.parse_args()
    problem = obstacle()
    if problem:
        raise SystemExit(f"No window can be opened: {problem}.")
    return run_story(arguments.story, arguments.zip or newest_zip(), arguments.out, arguments.files)


if __name__ == "__main__":
    sys.exit(main())
