"""Puts all that training needs into one folder, for a machine that can fetch nothing itself.

    python tools/building/training_bundle.py --motions DIR --out DIR [--weights DIR] [--with scipy ...]

The machine needs Python 3.12 with torch, h5py, numpy and scipy; what else is
needed travels as wheels. There, ``sh run.sh OUT 9`` trains for nine minutes and
leaves OUT/weights, from which the next piece goes on.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from runtime.errors import UserError  # noqa: E402
from runtime.training.experience.packed_motions import pack_motions  # noqa: E402

PACKAGES = ("mujoco", "safetensors", "gymnasium", "farama-notifications", "cloudpickle")
"""With ``typing-extensions``, which torch brings, these complete each other."""
OPTIONAL = ("scipy", "h5py", "tensorboard")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64")
LIMIT_MIB = 64.0

RUN = """\
#!/bin/sh
# One piece of training:  sh run.sh OUT MINUTES [options of `python -m runtime train`]
# Goes on from the weights in this folder, if there are some, and leaves OUT/weights.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
minutes=$2
shift 2
python=${PYTHON:-python3}
work=${WORK:-$(mktemp -d)}
mkdir -p "$out" "$work"
out=$(cd "$out" && pwd)
# Nothing is drawn: MuJoCo then needs no graphics library. Bodies use the cores, not torch.
export MUJOCO_GL=disable OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH="$here:$work/packages${PYTHONPATH:+:$PYTHONPATH}"
for wheel in "$here"/wheels/*.whl; do
  test -e "$wheel" || continue
  package=$(basename "$wheel" | cut -d- -f1)
  "$python" -c "import $package" 2>/dev/null ||
    "$python" -m pip install --quiet --no-index --no-deps --target "$work/packages" "$wheel"
done
cd "$here"
test -e "$work/motions/train.txt" ||
  "$python" -m runtime motions unpack motions.npz --out "$work/motions"
if test -e weights/config.json; then
  set -- --weights weights "$@"
fi
"$python" -m runtime train --preset short --motions "$work/motions" --out "$work/run" \\
  --minutes "$minutes" "$@"
rm -rf "$out/weights"
cp -r "$work/run/weights" "$work/run/progress.jsonl" "$out/"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--motions", type=Path, required=True, help="made by `motions build`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="of the piece before")
    parser.add_argument(
        "--with",
        dest="extra",
        action="append",
        default=[],
        choices=OPTIONAL,
        help="also bring this package (scipy is 35 MB)",
    )
    parser.add_argument("--no-wheels", action="store_true", help="the machine has all packages")
    args = parser.parse_args()
    try:
        size = build_bundle(
            args.out, args.motions, args.weights, () if args.no_wheels else PACKAGES, args.extra
        )
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.out}: {size:.1f} MiB")
    return 0


def build_bundle(
    out: Path,
    motions: Path,
    weights: Path | None = None,
    packages: tuple[str, ...] = PACKAGES,
    extra: list[str] | tuple[str, ...] = (),
) -> float:
    """Makes the folder anew and returns its size in MiB. ``UserError`` if that is too large."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    _copy_runtime(out)
    pack_motions(motions, out / "motions.npz")
    if weights is not None:
        shutil.copytree(weights, out / "weights")
    if packages or extra:
        _download((*packages, *extra), out / "wheels")
    (out / "run.sh").write_text(RUN, encoding="utf-8")
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 2**20
    if size > LIMIT_MIB:
        raise UserError(
            f"The bundle is {size:.1f} MiB, more than the {LIMIT_MIB:g} MiB that may travel; "
            "leave out --with scipy, or train with fewer motions."
        )
    return size


def _copy_runtime(out: Path) -> None:
    """The sources and the body's figures; models stay here."""
    for path in sorted((ROOT / "runtime").rglob("*")):
        inside = path.relative_to(ROOT)
        if path.suffix in (".py", ".json") and inside.parts[1] != "models":
            target = out / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _download(packages: tuple[str, ...], folder: Path) -> None:
    pins = _pins()
    wanted = [f"{name}=={pins[name]}" if name in pins else name for name in packages]
    platforms = [argument for platform in PLATFORMS for argument in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--python-version", "3.12", "--implementation", "cp"]
    command += [*platforms, "--dest", str(folder), *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError("The wheels could not be downloaded; see the details.", done.stderr)


def _pins() -> dict[str, str]:
    """Version of each package by name, from ``pyproject.toml``."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return dict(re.findall(r'"([A-Za-z0-9_.-]+)==([^"]+)"', text))


if __name__ == "__main__":
    sys.exit(main())
