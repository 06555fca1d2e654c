"""Names of exported files are names on every system."""

import pytest
from motivo_source.motivo_addon.export.naming import fill, numbered_apart, safe_name
from motivo_source.runtime.errors import UserError

VALUES = {"character": "Hero", "take": "Walk", "engine": "unreal", "fps": "30"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{character}_{take}", "Hero_Walk"),
        ("{take}@{fps}", "Walk@30"),
        ("clips/{take}", "clips_Walk"),
        ("  {take} . ", "Walk"),
        ("CON", "CON_"),
        ("nul.{take}", "nul.Walk_"),
    ],
)
def test_a_template_is_filled(template, name):
    assert fill(template, VALUES) == name


def test_the_characters_name_in_its_action_is_not_said_twice():
    values = {**VALUES, "take": "Hero Walk"}
    assert fill("{character}_{take}", values) == "Hero_Walk"
    assert fill("{take}", values) == "Hero Walk"
    assert fill("{character}_{take}", {**VALUES, "take": "Heroic"}) == "Hero_Heroic"


@pytest.mark.parametrize("name", ["a/b", "a\\b", 'a"b', "a:b", "a|b", "a\nb", "a?b*"])
def test_characters_that_some_system_refuses_are_replaced(name):
    assert not set(fill("{take}", {**VALUES, "take": name})) & set('/\\"<>:|?*\n')


def test_what_cannot_be_a_name_is_told():
    for template, words in (
        ("", "is empty"),
        ("...", "is empty"),
        ("{takes}", "cannot use '{takes}'"),
        ("{take", "a brace too many"),
    ):
        with pytest.raises(UserError, match=words):
            fill(template, VALUES)


def test_long_names_are_cut_and_letters_of_all_alphabets_stay():
    assert len(safe_name("x" * 500)) == 120
    assert safe_name("Läufer 走る") == "Läufer 走る"


def test_the_same_name_twice_gets_a_number():
    assert numbered_apart(["Walk", "walk", "Run", "Walk"]) == ["Walk", "walk_2", "Run", "Walk_3"]
