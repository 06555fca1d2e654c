"""Builds the extension's zip for one platform or for all, with every wheel it needs.

    python tools/building/build_extension.py                        this machine's platform
    python tools/building/build_extension.py --platform windows-x64
    python tools/building/build_extension.py --all

Wheels come from the dependency group ``bundled`` of pyproject.toml, unmodified,
for each Python a supported Blender has; NumPy is Blender's own and never among
them. Blender's own tool builds the zip and validates it.
"""

import argparse
import importlib.util
import json
import platform
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parents[2]
WHEELS = ROOT / "build" / "wheels"
STAGING = ROOT / "build" / "extension"
CONTENT = ("__init__.py", "LICENSE", "motivo_addon", "runtime", "docs/guide")
BLENDERS_OWN = frozenset({"numpy"})


@dataclass(frozen=True)
class Platform:
    """A platform as Blender names it, and what pip and the markers call it."""

    name: str
    tags: tuple[str, ...]
    sys_platform: str
    system: str
    machine: str


PLATFORMS = {
    entry.name: entry
    for entry in (
        Platform(
            "linux-x64",
            # From Blender's own glibc 2.28 down: pip does not know that one includes the other.
            (
                *(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 24, 17)),
                "manylinux2014_x86_64",
            ),
            "linux",
            "Linux",
            "x86_64",
        ),
        Platform("windows-x64", ("win_amd64",), "win32", "Windows", "AMD64"),
        Platform("macos-arm64", ("macosx_14_0_arm64",), "darwin", "Darwin", "arm64"),
        Platform("macos-x64", ("macosx_13_0_x86_64",), "darwin", "Darwin", "x86_64"),
    )
}
PYTHONS = ("3.11", "3.13")
"""Blender 4.2 to 5.0, and from 5.1 on."""


def bundled_requirements(target: Platform, python: str) -> list[Requirement]:
    """The pinned packages of the group ``bundled`` that apply to a platform and Python."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]

    def entries(group: str) -> Iterator[str]:
        for entry in groups[group]:
            if isinstance(entry, str):
                yield entry
            else:
                yield from entries(entry["include-group"])

    environment = marker_environment(target, python)
    requirements = [Requirement(entry) for entry in entries("bundled")]
    return [
        requirement
        for requirement in requirements
        if canonicalize_name(requirement.name) not in BLENDERS_OWN
        and (requirement.marker is None or requirement.marker.evaluate(environment))
    ]


def marker_environment(target: Platform, python: str) -> dict[str, str]:
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": target.sys_platform,
        "platform_system": target.system,
        "platform_machine": target.machine,
        "os_name": "nt" if target.sys_platform == "win32" else "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def download_wheels(target: Platform, python: str) -> list[Path]:
    """The wheels for a platform and Python, from the cache if it holds just these."""
    requirements = bundled_requirements(target, python)
    pins = [f"{entry.name}{entry.specifier}" for entry in requirements]
    folder = WHEELS / f"{target.name}-{python}"
    stamp = folder / "pins.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(pins):
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder)]
        command += ["--implementation", "cp", "--python-version", python]
        for abi in ("cp" + python.replace(".", ""), "abi3", "none"):
            command += ["--abi", abi]
        for tag in target.tags:
            command += ["--platform", tag]
        subprocess.run([*command, *pins], check=True)
        stamp.write_text("\n".join(pins))
    wheels = sorted(folder.glob("*.whl"))
    lacking = lacking_dependencies(wheels, requirements, marker_environment(target, python))
    if lacking:
        raise SystemExit(
            f"The group 'bundled' in pyproject.toml lacks {', '.join(sorted(lacking))}"
            f" for {target.name} and Python {python}."
        )
    return wheels


def lacking_dependencies(
    wheels: list[Path], requirements: list[Requirement], environment: dict[str, str]
) -> set[str]:
    """Packages that a wheel asks for and that are not among the wheels, nor Blender's own."""
    dependencies = {}
    for wheel in wheels:
        name, *_ = parse_wheel_filename(wheel.name)
        with zipfile.ZipFile(wheel) as archive:
            entry = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            metadata = HeaderParser().parsestr(archive.read(entry).decode())
        found = metadata.get_all("Requires-Dist") or []
        dependencies[name] = [Requirement(text) for text in found]
    lacking: set[str] = set()
    waiting = [(canonicalize_name(entry.name), entry.extras) for entry in requirements]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, frozenset(extras)) in seen or name in BLENDERS_OWN:
            continue
        seen.add((name, frozenset(extras)))
        if name not in dependencies:
            lacking.add(name)
            continue
        for dependency in dependencies[name]:
            marker = dependency.marker
            chosen = (
                marker.evaluate({**environment, "extra": extra}) if marker else True
                for extra in ("", *extras)
            )
            if any(chosen):
                waiting.append((canonicalize_name(dependency.name), dependency.extras))
    return lacking


def stage(target: Platform) -> Path:
    """A folder with the sources, the wheels and the manifest that names them."""
    wheels = {wheel.name: wheel for python in PYTHONS for wheel in download_wheels(target, python)}
    folder = STAGING / target.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wheels").mkdir(parents=True)
    for name in CONTENT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
            )
        else:
            shutil.copy(source, folder / name)
    for name, wheel in wheels.items():
        shutil.copy(wheel, folder / "wheels" / name)
    listed = [f"./wheels/{name}" for name in sorted(wheels)]
    added = f"platforms = {json.dumps([target.name])}\nwheels = {json.dumps(listed, indent=2)}\n"
    manifest = (ROOT / "blender_manifest.toml").read_text()
    table = manifest.index("[permissions]")
    manifest = f"{manifest[:table]}{added}\n{manifest[table:]}"
    (folder / "blender_manifest.toml").write_text(manifest)
    return folder


def blenders_tool() -> Path:
    """Blender's command line for extensions, which the bpy wheel brings along."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise SystemExit("Building needs Blender's own tool: install the dependency group 'dev'.")
    tool = "scripts/addons_core/bl_pkg/cli/blender_ext.py"
    return next(Path(spec.origin).parent.glob(f"*/{tool}"))


def build(target: Platform, out: Path) -> Path:
    """The zip for a platform, built and validated."""
    source = stage(target)
    version = tomllib.loads((source / "blender_manifest.toml").read_text())["version"]
    archive = out / f"motivo-{version}-{target.name}.zip"
    out.mkdir(parents=True, exist_ok=True)
    tool = [sys.executable, str(blenders_tool())]
    for arguments in (
        ["build", "--source-dir", str(source), "--output-filepath", str(archive)],
        ["validate", str(archive)],
    ):
        done = subprocess.run([*tool, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"Blender's '{arguments[0]}' failed:\n{done.stdout}{done.stderr}")
    return archive


def this_platform() -> Platform:
    machine = platform.machine().lower().replace("amd64", "x86_64")
    for entry in PLATFORMS.values():
        if (entry.system, entry.machine.lower().replace("amd64", "x86_64")) == (
            platform.system(),
            machine,
        ):
            return entry
    raise SystemExit("No zip is made for this machine; name one with --platform.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--platform", choices=PLATFORMS, help="default: this machine's")
    chosen.add_argument("--all", action="store_true", help="every platform")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder for the zips")
    arguments = parser.parse_args()
    if arguments.all:
        targets = list(PLATFORMS.values())
    else:
        targets = [PLATFORMS[arguments.platform] if arguments.platform else this_platform()]
    for target in targets:
        archive = build(target, arguments.out)
        with zipfile.ZipFile(archive) as content:
            wheels = sum(name.endswith(".whl") for name in content.namelist())
        size = archive.stat().st_size / 1e6
        print(f"{archive}  {size:.0f} MB, {wheels} wheels, valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
