"""The panel in other languages, through Blender's own translation.

Labels, tooltips and sentences are looked up as they stand in the code; what has no
entry stays English. Sentences with numbers and names in them are looked up by their
pattern (``translated``). Keys are checked against the code by
``tests/addon/ui/test_ui_words.py``, which also finds what nobody translated.
"""

import re
from functools import lru_cache
from pathlib import Path

import bpy

WORDS_FILE = Path(__file__).with_name("words.txt")
"""Names of buttons, settings and choices: a line each, English and the languages, by bars."""
TIPS_FILE = Path(__file__).with_name("tips.txt")
"""Tooltips, in the same way."""
SENTENCES_FILE = Path(__file__).with_name("sentences.txt")
"""Sentences, in the same way; {a}, {b} and so on stand for what differs each time."""
ENGINE_FILE = Path(__file__).with_name("engine.txt")
"""What the process that computes says, in the same way."""

LANGUAGES = ("de_DE", "fr_FR", "es", "ja_JP", "zh_HANS")
"""As Blender 4.0 and newer names them; the columns of ``TABLE``."""

TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "Add Body": (
        "Körper hinzufügen",
        "Ajouter un corps",
        "Añadir cuerpo",
        "ボディを追加",
        "添加身体",
    ),
    "Actor": ("Darsteller", "Acteur", "Actor", "アクター", "演员"),
    "Prompts": ("Anweisungen", "Consignes", "Indicaciones", "指示", "指令"),
    "Motion": ("Bewegung", "Mouvement", "Movimiento", "モーション", "运动"),
    "Performance": ("Ausführung", "Exécution", "Ejecución", "演技", "表演"),
    "Take": ("Take", "Prise", "Toma", "テイク", "镜次"),
    "All Takes": (
        "Alle Takes",
        "Toutes les prises",
        "Todas las tomas",
        "すべてのテイク",
        "所有镜次",
    ),
    "Generate Motion": (
        "Bewegung erzeugen",
        "Générer le mouvement",
        "Generar movimiento",
        "モーションを生成",
        "生成运动",
    ),
    "Generate Again": (
        "Neu erzeugen",
        "Générer à nouveau",
        "Generar de nuevo",
        "再生成",
        "重新生成",
    ),
    "Blend": ("Überblenden", "Fondre", "Fundir", "ブレンド", "混合"),
    "Compare": ("Vergleichen", "Comparer", "Comparar", "比較", "比较"),
    "Remove Take": (
        "Take entfernen",
        "Supprimer la prise",
        "Eliminar toma",
        "テイクを削除",
        "删除镜次",
    ),
    "Retarget": ("Übertragen", "Transférer", "Transferir", "リターゲット", "重定向"),
    "Generate for This Character": (
        "Für diese Figur erzeugen",
        "Générer pour ce personnage",
        "Generar para este personaje",
        "このキャラクター用に生成",
        "为此角色生成",
    ),
    "Character": ("Figur", "Personnage", "Personaje", "キャラクター", "角色"),
    "Clean Up": ("Aufräumen", "Nettoyer", "Limpiar", "クリーンアップ", "清理"),
    "Export": ("Exportieren", "Exporter", "Exportar", "エクスポート", "导出"),
    "Off your keys": (
        "Neben deinen Keys",
        "Écart à vos clés",
        "Lejos de tus claves",
        "キーからのずれ",
        "偏离关键帧",
    ),
    "Off what was asked": (
        "Neben dem Gewünschten",
        "Écart à la demande",
        "Lejos de lo pedido",
        "指示からのずれ",
        "偏离要求",
    ),
    "Help from outside": (
        "Hilfe von außen",
        "Aide extérieure",
        "Ayuda externa",
        "外からの補助",
        "外力辅助",
    ),
    "Keep the Best So Far": (
        "Das Beste bisher behalten",
        "Garder le meilleur jusqu'ici",
        "Conservar lo mejor hasta ahora",
        "これまでの最良を採用",
        "保留目前的最佳结果",
    ),
    "Hold This Key": (
        "Diesen Key festhalten",
        "Tenir cette clé",
        "Fijar esta clave",
        "このキーを保持",
        "固定此关键帧",
    ),
    "Off the plan": (
        "Neben dem Plan",
        "Écart au plan",
        "Lejos del plan",
        "計画からのずれ",
        "偏离计划",
    ),
    "Force from nowhere": (
        "Kraft aus dem Nichts",
        "Force inexpliquée",
        "Fuerza sin origen",
        "説明できない力",
        "无来源的力",
    ),
    "Strongest muscle": (
        "Stärkster Muskel",
        "Muscle le plus fort",
        "Músculo más fuerte",
        "最大の筋力",
        "最大肌力",
    ),
    "Balance": ("Gleichgewicht", "Équilibre", "Equilibrio", "バランス", "平衡"),
    "Sliding feet": (
        "Rutschende Füße",
        "Pieds qui glissent",
        "Pies que resbalan",
        "足の滑り",
        "脚部滑动",
    ),
    "Feet in the floor": (
        "Füße im Boden",
        "Pieds dans le sol",
        "Pies en el suelo",
        "足のめり込み",
        "脚陷入地面",
    ),
    "Feet over the floor": (
        "Füße über dem Boden",
        "Pieds au-dessus du sol",
        "Pies sobre el suelo",
        "足の浮き",
        "脚离开地面",
    ),
    "Roughness": ("Unruhe", "Saccades", "Brusquedad", "粗さ", "不平滑度"),
    "Does what was asked": (
        "Tut das Gewünschte",
        "Fait ce qui est demandé",
        "Hace lo pedido",
        "指示の達成度",
        "完成要求",
    ),
    "There is nothing to perform; add a prompt.": (
        "Es gibt nichts auszuführen; füge eine Anweisung hinzu.",
        "Il n'y a rien à exécuter ; ajoutez une consigne.",
        "No hay nada que ejecutar; añade una indicación.",
        "演じる内容がありません。指示を追加してください。",
        "没有可表演的内容;请添加指令。",
    ),
    "There is no take; generate a motion first.": (
        "Es gibt keinen Take; erzeuge zuerst eine Bewegung.",
        "Il n'y a pas de prise ; générez d'abord un mouvement.",
        "No hay ninguna toma; genera primero un movimiento.",
        "テイクがありません。先にモーションを生成してください。",
        "没有镜次;请先生成运动。",
    ),
    "The body plays nothing; bake a take first.": (
        "Der Körper spielt nichts; backe zuerst einen Take.",
        "Le corps ne joue rien ; figez d'abord une prise.",
        "El cuerpo no reproduce nada; fija primero una toma.",
        "ボディは何も再生していません。先にテイクをベイクしてください。",
        "身体没有播放任何内容;请先烘焙镜次。",
    ),
    "The character plays no Action; bake a take or choose one.": (
        "Die Figur spielt keine Action; backe einen Take oder wähle eine.",
        "Le personnage ne joue aucune action ; figez une prise ou choisissez-en une.",
        "El personaje no reproduce ninguna acción; fija una toma o elige una.",
        "キャラクターはアクションを再生していません。テイクをベイクするか選択してください。",
        "角色没有播放动作;请烘焙镜次或选择动作。",
    ),
    "Choose the character that should get the motion.": (
        "Wähle die Figur, die die Bewegung bekommen soll.",
        "Choisissez le personnage qui doit recevoir le mouvement.",
        "Elige el personaje que recibirá el movimiento.",
        "モーションを適用するキャラクターを選んでください。",
        "选择要获得运动的角色。",
    ),
    "Add a body, key some poses on it, press Generate.": (
        "Füge einen Körper hinzu, setze Keys für einige Posen, drücke Erzeugen.",
        "Ajoutez un corps, posez quelques clés, appuyez sur Générer.",
        "Añade un cuerpo, fija algunas poses y pulsa Generar.",
        "ボディを追加し、ポーズにキーを打ち、生成を押してください。",
        "添加身体,为几个姿势设置关键帧,然后按生成。",
    ),
}
"""English as it stands in the code -> the languages in the order of ``LANGUAGES``."""

CONTEXTS = ("*", "Operator")
"""Where Blender looks: labels and sentences, and the names of operators."""


def words() -> dict[str, tuple[str, ...]]:
    """What ``WORDS_FILE`` says, as ``TABLE`` does."""
    return _rows(WORDS_FILE)


def tips() -> dict[str, tuple[str, ...]]:
    """What ``TIPS_FILE`` says."""
    return _rows(TIPS_FILE)


def sentences() -> dict[str, tuple[str, ...]]:
    """What ``SENTENCES_FILE`` and ``ENGINE_FILE`` say."""
    return {**_rows(ENGINE_FILE), **_rows(SENTENCES_FILE)}


def _rows(path: Path) -> dict[str, tuple[str, ...]]:
    rows = (line.split("|") for line in path.read_text(encoding="utf-8").splitlines())
    return {english: tuple(texts) for english, *texts in rows}


@lru_cache(maxsize=1)
def everything() -> dict[str, tuple[str, ...]]:
    """All that is translated as it stands."""
    whole = {english: texts for english, texts in sentences().items() if "{" not in english}
    # Tooltips of greyed buttons say the same reasons without a full stop.
    bare = {
        english.removesuffix("."): tuple(text.rstrip(".。") for text in texts)
        for english, texts in {**whole, **TABLE}.items()
        if english.endswith(".")
    }
    return {**bare, **whole, **tips(), **words(), **TABLE}


def by_language() -> dict[str, dict[tuple[str, str], str]]:
    """What ``bpy.app.translations.register`` wants."""
    return {
        language: {
            (context, english): texts[column]
            for english, texts in everything().items()
            for context in CONTEXTS
        }
        for column, language in enumerate(LANGUAGES)
    }


def translated(text: str) -> str:
    """A sentence in the person's language, whatever numbers and names it holds."""
    language = bpy.app.translations.locale
    if language not in LANGUAGES or not bpy.context.preferences.view.use_translate_interface:
        return text
    return _translated(text, LANGUAGES.index(language))


@lru_cache(maxsize=512)
def _translated(text: str, column: int) -> str:
    exact = everything().get(text)
    if exact is not None:
        return exact[column]
    for pattern, quoted, texts in _patterns():
        match = pattern.fullmatch(text)
        if match is not None:
            # What is filled in may have a name of its own in this language: a limb, a figure.
            names = {
                key: value if key in quoted else _translated(value, column)
                for key, value in match.groupdict().items()
            }
            return texts[column].format(**names)
    return text


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], set[str], tuple[str, ...]]]:
    """Those sentences that hold something that differs, the most particular first.

    With what of it stands in quotes: names that a person gave stay as they are.
    """
    found = [(english, texts) for english, texts in sentences().items() if "{" in english]
    found.sort(key=lambda row: -len(re.sub(r"\{\w\}", "", row[0])))
    return [
        (_pattern(english), set(re.findall(r"'\{(\w)\}'", english)), texts)
        for english, texts in found
    ]


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w)\}", english)
    seen: set[str] = set()
    result = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            result += re.escape(part)
        elif part in seen:
            result += f"(?P={part})"
        else:
            seen.add(part)
            result += f"(?P<{part}>.+?)"
    return re.compile(result, re.DOTALL)


def register() -> None:
    bpy.app.translations.register(__name__, by_language())


def unregister() -> None:
    _translated.cache_clear()
    bpy.app.translations.unregister(__name__)
