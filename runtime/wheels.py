"""Which bundled wheel is missing or does not fit, in words, with the way to get it."""

import platform
import sys

BUNDLED = {
    "mujoco": "MuJoCo, the physics",
    "scipy": "SciPy, the arithmetic",
    "onnxruntime": "ONNX Runtime, which runs trained models",
    "onnx": "ONNX, which reads trained models",
    "safetensors": "safetensors, which reads trained models",
    "h5py": "h5py, which reads HDF5 files",
    "huggingface_hub": "huggingface_hub, which downloads models",
    "numpy": "NumPy, which Blender brings",
}
"""Module -> what it is for; what these need in their turn is told by its own name."""
_ZIPS = {
    ("linux", "x86_64"): "linux-x64",
    ("win32", "amd64"): "windows-x64",
    ("darwin", "arm64"): "macos-arm64",
    ("darwin", "x86_64"): "macos-x64",
}
"""``tools/building/build_extension.py`` builds one for each."""


def zip_name() -> str:
    """Of the extension's zip for this computer; empty where none is built."""
    built = _ZIPS.get((sys.platform, platform.machine().lower()))
    return f"motivo-...-{built}.zip" if built else ""


def describe_missing(error: ImportError) -> str:
    """A sentence: what cannot be loaded, whether it is there at all, how to get it."""
    package = (error.name or "").partition(".")[0]
    part = BUNDLED.get(package, f"'{package}'" if package else "A part of Motivo")
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    state = "is missing" if isinstance(error, ModuleNotFoundError) else "cannot be loaded"
    wanted = zip_name()
    if not wanted:
        return (
            f"{part} {state}: there is no zip of Motivo for {platform.system()} on"
            f" {platform.machine()}; use a computer with an Intel, AMD or Apple processor."
        )
    return (
        f"{part} {state} in {python}. Remove Motivo in Blender's preferences and install the zip"
        f" made for this computer again, {wanted}; it brings all wheels."
    )
