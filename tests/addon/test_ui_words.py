"""What the panel says: why a button cannot be pressed, and what figures mean."""

import importlib
import math

import bpy
import pytest


@pytest.fixture
def why_not(addon):
    return importlib.import_module(f"{addon.__name__}.operators.base").why_not


def test_every_button_of_the_tab_knows_why_it_cannot_be_pressed(addon, why_not):
    """Exactly then when Blender greys it, with and without a body."""
    for _ in range(2):
        for identifier in (
            "add_body",
            "generate",
            "bake",
            "save_take",
            "retarget",
            "generate_for_character",
            "export_takes",
            "clean_bake",
            "prompt_remove",
            "download_model",
        ):
            problem = why_not(bpy.context, f"motivo.{identifier}")
            assert bool(problem) != getattr(bpy.ops.motivo, identifier).poll(), identifier
            assert not problem.endswith(".")
        bpy.ops.motivo.add_body()
        bpy.ops.motivo.prompt_add(kind="POSE")


def test_the_reason_says_what_to_do(addon, why_not):
    assert why_not(bpy.context, "motivo.generate").startswith("Add a body")
    bpy.ops.motivo.add_body()
    assert "add a prompt" in why_not(bpy.context, "motivo.generate")
    assert "generate a motion first" in why_not(bpy.context, "motivo.bake")
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    assert "key some poses" in why_not(bpy.context, "motivo.generate")


def test_every_figure_has_a_meaning(addon):
    figures = addon.figures.FIGURES
    assert len({figure.key for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.good != figure.fair
        less = figure.good < figure.fair
        best, worst = (0.0, 1e6) if less else (1e6, 0.0)
        assert [figure.grade(v) for v in (best, figure.good, figure.fair, worst)] == [
            "good",
            "good",
            "fair",
            "poor",
        ]
        assert figure.grade(math.nan) == "poor"
        assert figure.better(best, worst) == -1 and figure.better(worst, best) == 1
        assert figure.better(best, best) == 0
        assert figure.advice and not figure.advice.endswith(".")


def test_only_what_was_measured_is_shown(addon):
    motion = {"metadata": {"measures": {"skate_share": 0.2, "keyframe_error_cm": None, "new": 1}}}
    (reading,) = addon.figures.readings(motion)
    assert (reading.text, reading.grade) == ("20.0 % of time", "poor")
    assert addon.figures.readings({"metadata": {}}) == []
