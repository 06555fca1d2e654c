"""What the panel says: why a button cannot be pressed, and what figures mean."""

import contextlib
import importlib
import inspect
import math
import re

import bpy
import pytest
import said


@pytest.fixture
def why_not(addon):
    return importlib.import_module(f"{addon.__name__}.operators.base").why_not


def test_every_button_of_the_tab_knows_why_it_cannot_be_pressed(addon, why_not):
    """Exactly then when Blender greys it, with and without a body."""
    for _ in range(2):
        for identifier in (
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
    figures = addon.shelf.figures.FIGURES
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
    (reading,) = addon.shelf.figures.readings(motion)
    assert (reading.text, reading.grade) == ("20.0 % of time", "poor")
    assert addon.shelf.figures.readings({"metadata": {}}) == []


def test_translations_are_of_words_that_the_code_says(addon):
    from pathlib import Path

    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    root = Path(addon.__file__).parent
    code = " ".join(
        path.read_text() for path in root.rglob("*.py") if path.name != "translations.py"
    )
    for english, texts in translations.TABLE.items():
        assert f'"{english}"' in code or f'"{english.rstrip(".")}"' in code, english
        assert len(texts) == len(translations.LANGUAGES) and all(texts), english
        # A sentence stays a sentence.
        if english.endswith("."):
            assert all(text[-1] in ".。" for text in texts), english


def options_of(cls):
    """The keywords of every property of a class, those of its mix-ins too."""
    own = [base for base in cls.__mro__ if ".motivo_addon." in base.__module__]
    for base in own:
        for entry in inspect.get_annotations(base).values():
            options = getattr(entry, "keywords", {})
            if "HIDDEN" not in options.get("options", ()):
                yield options


def choices_of(options) -> list:
    choices = options.get("items")
    return list(choices) if isinstance(choices, list | tuple) else []


def listed_strings(addon) -> set[str]:
    """Names of panels, buttons, settings and choices that a person can meet."""
    found = set()
    for cls in addon.CLASSES:
        if not cls.__name__.startswith("MOTIVO_UL_"):
            found.add(getattr(cls, "bl_label", ""))
        for options in options_of(cls):
            found.add(options.get("name", ""))
            found |= {choice[1] for choice in choices_of(options)}
    return found - {""} - set(addon.shelf.baking.BONES)


def listed_tips(addon) -> set[str]:
    """Tooltips of buttons, settings and choices."""
    found = set()
    for cls in addon.CLASSES:
        if issubclass(cls, bpy.types.Operator):
            found.add(inspect.getdoc(cls))
        for options in options_of(cls):
            found.add(options.get("description", ""))
            found |= {choice[2] for choice in choices_of(options)}
    found.add(bpy.types.WindowManager.bl_rna.properties["motivo_strips"].description)
    return found - {""}


SAME_EVERYWHERE = {"AMASS", "BVH", "FBX", "USD", "glTF", "FK", "IK", "Godot", "Unity"} | {
    "Unreal Engine",
    *(f"{rate} fps" for rate in (24, 30, 60)),
    *(sign + axis for sign in ("", "-") for axis in "XYZ"),
}
"""Names of formats, programs and axes."""


def test_every_name_in_the_interface_is_translated(addon):
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    words = translations.words()
    known = {*words, *translations.TABLE, *SAME_EVERYWHERE}
    assert listed_strings(addon) - known == set()
    assert set(words) - listed_strings(addon) == set(), "nobody says these any more"
    for english, texts in words.items():
        assert len(texts) == len(translations.LANGUAGES) and all(texts), english


def test_every_tooltip_is_translated(addon):
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    tips, names = translations.tips(), {*translations.words(), *SAME_EVERYWHERE}
    told = listed_tips(addon)
    assert told - set(tips) - names == set()
    assert set(tips) - told == set(), "nobody says these any more"
    for english, texts in tips.items():
        assert len(texts) == len(translations.LANGUAGES) and all(texts), english


def test_every_sentence_is_translated(addon):
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    known = {*translations.sentences(), *translations.everything()}
    known |= {text.removesuffix(".") for text in known}
    for template, file in said.all_sentences().items():
        if template in NOT_FOR_PEOPLE:
            continue
        assert template in known or template.removesuffix(".") in known, (file, template)
    for english, texts in translations.sentences().items():
        assert len(texts) == len(translations.LANGUAGES) and all(texts), english
        holes = sorted(set(re.findall(r"\{(\w)\}", english)))
        for text in texts:
            assert sorted(set(re.findall(r"\{(\w)\}", text))) == holes, (english, text)


BLENDERS_OWN = {"None", "Play"}


def test_what_is_shown_as_it_stands_is_translated(addon):
    """A dialog's title, a button's text, the header: what no sentence of the panel is."""
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    known = {*translations.everything(), *BLENDERS_OWN, "Motivo", "cm"}
    known.add("{a} s")
    missing = {text: file for text, file in said.shown_as_they_stand().items() if text not in known}
    assert missing == {}


PRESSED = ("Add Body", "Bake", "Edit Keys", "Export", "Generate Motion", "Keep the Best So Far")
"""Buttons that sentences send people to."""


def test_sentences_call_buttons_by_their_names(addon):
    """In every language; at the start of a sentence a verb may look like one."""
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    names = {
        **dict(translations.TABLE),
        **{english: tuple(texts) for english, texts in translations.words().items()},
    }
    found = 0
    for english, texts in {**translations.sentences(), **translations.tips()}.items():
        for name in PRESSED:
            if not re.search(rf"[a-z,] {name}\b", english):
                continue
            found += 1
            for called, text in zip(names[name], texts, strict=True):
                assert called.lower() in text.lower(), (english, text)
    assert found > 5


def test_what_the_engine_says_is_translated(addon):
    """Of all that a person can meet; what only a script can do wrong stays English."""
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    known = {*translations.sentences(), *translations.TABLE}
    said_there, reachable = said.engine_sentences()
    for template, file in reachable.items():
        assert template in known or template in PUT_TOGETHER, (file, template)
    stems = {path.stem for path in (said.ROOT / "runtime").rglob("*.py")}
    assert set(said.PERSON_MEETS) <= stems, "a module was renamed"
    engine = translations._rows(translations.ENGINE_FILE)
    assert set(engine) - set(said_there) == set(), "nobody says these any more"


def test_what_was_set_right_of_a_source_is_translated(addon):
    """Every kind that the quirks and the tests of sources bring out, as the panel says it."""
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    rows = translations.sentences()
    for template, file in said.notes_of_sources().items():
        for plural in ("", "s"):
            note = template.replace("frame{b}", f"frame{plural}")
            sentence = f"{note[:1].upper()}{note[1:]}."
            shown = re.sub(r"\{\w\}", "7", re.sub(r"at the \{\w\}", "at the end", sentence))
            assert note in rows or translations._translated(shown, 0) != shown, (file, sentence)


PUT_TOGETHER = {"{a}{b}{c}"}
"""Of parts that the code has in variables."""


NOT_FOR_PEOPLE = {
    "Not kept out of the floor: {a}{b}.",
    "Dropped the oldest takes without a name of their own: {a}{b}. Rename takes to keep them, or keep"
    " more in the preferences.",
    "{a} - Take {b}",
    "{a} {b} in {c}. Remove Motivo in Blender's preferences and install the zip made for this"
    " computer again, {d}; it brings all wheels.",
    "{a} in every frame, by up to {b} of its weight.",
    "The key at frame {a}.",
    "{a} and {b}",
}
"""Put together of parts, and known as a whole under another pattern; and names."""


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("There is no take; generate a motion first.", "Es gibt keinen Take"),
        ("Baked 30 frames to the Action 'Walk'.", "30 Bilder in die Action 'Walk' gebacken."),
        ("Sliding feet: Raise the hips where the feet sink in.", "Rutschende Füße: Hebe die Hüfte"),
        ("12.5 % of weight", "12.5 % des Gewichts"),
        (
            "An invisible hand carries it at frames 40-52 by up to 31 % of its weight and 70 by up to 4 %.",
            "An den Bildern 40-52 mit bis zu 31 % des Gewichts gehalten und 70 mit bis zu 4 %.",
        ),
        (
            "'Hero' has no root bone to carry it; choose one in the list or another root motion.",
            "'Hero' hat",
        ),
        ("'walk.bvh' is empty; export it again.", "'walk.bvh' ist leer; exportiere es neu."),
        (
            "'a.bvh' announces 90 frames and holds 12: the file is cut off or was edited,"
            " export it again.",
            "'a.bvh' kündigt 90 Bilder an und enthält 12:",
        ),
        (
            "The object 'Mug' is 0.82 m from the right hand at frame 12, where it is picked up; move one of"
            " them, or choose another frame.",
            "Das Objekt 'Mug' ist in Bild 12, in dem es aufgehoben wird, 0.82 m entfernt (rechte Hand);",
        ),
        (
            "The object 'Mug' is put down at frame 90; the motion ends at 60, choose an earlier one.",
            "Das Objekt 'Mug' wird in Bild 90 abgelegt; die Bewegung endet bei 60",
        ),
        (
            "The object 'Door' moves 2.4 m in a frame after frame 3; at most 1 m (30 m/s) can be"
            " simulated, give it more frames.",
            "Das Objekt 'Door' bewegt sich nach Bild 3 um 2.4 m in einem Bild; höchstens 1 m (30 m/s)",
        ),
        (
            "The person 'Anna' moves 2.4 m in a frame after frame 3 of the take; at most 1 m can be"
            " simulated, mend the take there.",
            "Die Person 'Anna' bewegt sich nach Bild 3 des Takes um 2.4 m",
        ),
        (
            "Frames 12-40: the left hand slides along 'Rail'.",
            "Bilder 12-40: die linke Hand gleitet an 'Rail' entlang.",
        ),
        ("Still carried: 12 % of weight", "Noch getragen: 12 % des Gewichts"),
        (
            "A trained model performs: it does behaviours by itself. It performs the whole take, so it"
            " follows the poses and motions too; generate those by themselves to have them followed"
            " closely.",
            "Ein trainiertes Modell führt aus: es beherrscht Verhalten von selbst. Es führt den ganzen",
        ),
        ("5 empty frames left out.", "5 leere Bilder ausgelassen."),
        ("A slope of 6 degrees taken out of the floor.", "Eine Neigung von 6 Grad aus dem Boden"),
        (
            "Falls 2.0 times slower than gravity has it: if 15 frames a second is wrong, say the true"
            " rate (--source-fps).",
            "Fällt 2.0-mal langsamer als durch die Schwerkraft: Sind 15 Bilder",
        ),
        (
            "Unlike its source, it leans all the time as nobody stands who does not fall; its world seems"
            " tilted by 7 degrees: say what is up (--up=x,y,z).",
            "Anders als die Vorlage: sie lehnt immer, wie niemand steht, der nicht fällt; ihre Welt",
        ),
        ("A sentence that nobody knows 3.", "A sentence that nobody knows 3."),
    ],
)
def test_sentences_with_numbers_and_names_are_translated(addon, english, german):
    translations = importlib.import_module(f"{addon.__name__}.words.translations")
    assert translations._translated(english, 0).startswith(german)
    assert translations.LANGUAGES[0] == "de_DE"
    assert translations.translated(english) == english, "nobody asked for another language"


@contextlib.contextmanager
def in_language(language):
    """Blender in another language, for as long as this lasts."""
    view = bpy.context.preferences.view
    languages = bpy.types.PreferencesView.bl_rna.properties["language"].enum_items
    if language not in [item.identifier for item in languages]:
        pytest.skip("this Blender was built without languages")
    before = view.language
    try:
        view.language, view.use_translate_interface = language, True
        yield
    finally:
        view.language = before


def test_the_panel_is_free_of_the_trades_words(addon):
    for text in listed_strings(addon):
        for word in ("Controller", "Servo", "Assistance", "Rollout", "Latent"):
            assert word.lower() not in text.lower().split(), text


@pytest.mark.parametrize(("language", "text"), [("de_DE", "Körper hinzufügen"), ("es", "Añadir")])
def test_the_panel_speaks_the_persons_language(addon, language, text):
    with in_language(language):
        told = bpy.app.translations.pgettext_iface("Add Body", "Operator")
        assert told.startswith(text)


def test_every_help_button_has_its_page_with_its_pictures(addon):
    import re
    from pathlib import Path

    report = importlib.import_module(f"{addon.__name__}.operators.report")
    pages = {
        getattr(getattr(bpy.types, name), "help_page", "")
        for name in dir(bpy.types)
        if name.startswith("MOTIVO_PT_")
    } - {""}
    assert {"index", "prompts", "takes", "character", "export"} <= pages
    for page in pages:
        path = report.guide_page(page)
        for link in re.findall(r'(?:src|href)="([^"#]+)"', path.read_text()):
            assert (Path(path.parent) / link).is_file(), (page, link)


def test_the_guide_tells_the_figures_as_they_are_judged(addon):
    report = importlib.import_module(f"{addon.__name__}.operators.report")
    text = report.guide_page("takes").read_text()
    for figure in addon.shelf.figures.FIGURES:
        bound = "up to" if figure.good < figure.fair else "from"
        for word in (figure.name, figure.about, figure.advice):
            assert word in text, word
        for value in (figure.good, figure.fair):
            assert f"{bound} {value:g} {figure.unit}" in text, (figure.name, value)


def test_preferences_can_be_set_back(addon):
    own = addon.preferences.preferences()
    own.keep_warm, own.idle_minutes, own.default_takes = True, 3, 4
    bpy.ops.motivo.add_body()
    assert bpy.context.object.motivo.generation.takes == 4
    session = addon.client.session()
    session.idle_since -= 10_000
    addon.worker_timer.end_idle_worker(session)  # kept ready: nothing to say about an idle one
    bpy.ops.motivo.reset_preferences()
    assert (own.keep_warm, own.idle_minutes, own.default_takes) == (False, 10, 1)
