"""FBX and glTF files as motions: Blender's importers read them, their armatures' Actions are the source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...runtime.errors import UserError
from ..rig import curves
from ..rig.imported import imported
from ..rig.sample import sample_skeleton

if TYPE_CHECKING:
    from ...runtime.motion import SkeletonClip
    from ...runtime.motion.sources.options import SourceOptions

SUFFIXES = (".fbx", ".glb", ".gltf", ".vrm")


@dataclass(frozen=True)
class Person:
    """Somebody in a file who moves."""

    name: str
    """Name of the armature, with that of the Action where it has several."""
    armature: bpy.types.Object
    action: bpy.types.Action

    @property
    def seconds(self) -> float:
        first, last = self.action.frame_range
        return float(last - first)


def read_scene_motion(
    context: bpy.types.Context,
    path: Path,
    options: SourceOptions | None = None,
    known: bool = True,
) -> SkeletonClip:
    """What somebody in the file does, judged and set right as every source is.

    Of several people, or Actions of one, ``options.person`` names one; else it is who has most
    bones and then who moves longest, and the notes name the others. The file that is open
    stays as it is. Not ``known``, its bones are still to be chosen: whoever has no legs is given
    back, too.

    Raises:
        UserError: the file cannot be read, nobody in it moves, or nobody is called so.
    """
    from ...runtime.motion.formats.clip import set_right
    from ...runtime.skeletons.source_bones import require_legs

    failed = f"'{path.name}' cannot be read as a {path.suffix.lower()} file; export it again."
    if not path.is_file():
        raise UserError(f"There is no file '{path}'; choose another one.")
    wanted = options.person if options is not None else ""
    with imported(context, path, failed) as (scene, before):
        people = _people(scene, before)
        if not people:
            raise UserError(
                f"Nobody in '{path.name}' moves: it has no armature with an Action; export it "
                "with its animation."
            )
        person = _chosen(people, wanted, path.name)
        curves.assign(person.armature, person.action)
        first, last = person.action.frame_range
        with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            clip = sample_skeleton(context, person.armature, first, last)
        clip = replace(clip, name=path.stem)
        if len(people) > 1 and not wanted:
            names = ", ".join(other.name for other in people)
            note = f"{person.name} of {len(people)} ({names}); Person (--person) chooses another"
            clip = replace(clip, notes=(note,))
    clip = set_right(clip, options)
    if known:
        require_legs(clip.bones, path.name)
    return clip


def _people(scene: bpy.types.Scene, before: set[int]) -> list[Person]:
    """Everybody who moves, each with each of their Actions, by name."""
    made = [action for action in bpy.data.actions if action.session_uid not in before]
    found = []
    for armature in sorted(
        (thing for thing in scene.objects if thing.type == "ARMATURE"), key=lambda rig: rig.name
    ):
        own = _actions_of(armature, made)
        for action in own:
            label = action.name.split("|")[-1]
            name = armature.name if len(own) == 1 else f"{armature.name}: {label}"
            found.append(Person(name, armature, action))
    return found


def _actions_of(armature: bpy.types.Object, made: list[bpy.types.Action]) -> list[bpy.types.Action]:
    """Actions that move the armature: what it plays, what lies on its tracks."""
    data = armature.animation_data
    if data is None:
        return []
    played = [data.action] if data.action is not None else []
    played += [strip.action for track in data.nla_tracks for strip in track.strips if strip.action]
    known = {action.name: action for action in played if action in made}
    return [
        action for action in known.values() if action.frame_range[1] - action.frame_range[0] >= 1
    ]


def _chosen(people: list[Person], wanted: str, file: str) -> Person:
    if not wanted:
        return max(people, key=lambda one: (len(one.armature.data.bones), one.seconds))
    for number, one in enumerate(people, 1):
        label = one.action.name.split("|")[-1]
        if wanted in (one.name, one.armature.name, label, str(number)):
            return one
    names = ", ".join(one.name for one in people)
    raise UserError(f"'{file}' has nobody called '{wanted}'; choose one of: {names}.")
