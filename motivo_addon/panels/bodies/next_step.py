"""What comes next on the way from an empty scene to an exported motion, in a sentence."""

import bpy

from ...bodies import active_body
from ...client import session
from ...controller import performer
from ...preferences import preferences
from ...timeline import missing
from ...viewport.asked import is_out_of_date

PROMPT = "Next: press + beside the empty list and choose Behaviour; it walks without any keys."
KEYED = "Next: press + beside the empty list and choose Keyframes, which performs your keys."
GENERATE = "Next: press Generate Motion. Nothing in the scene changes yet."
KEEP = "Next: watch the blue figure get better, or press Keep the Best So Far to take it."
BAKE = "Next: press Bake to write the take to the body, or change something and generate again."
AGAIN = (
    "Next: press Generate Motion again, for what is asked has changed; Bake writes the old take."
)
EXPORT = "Next: press Export further down, or choose a Character there to put the motion on."


def next_step(context: bpy.types.Context) -> str:
    """The sentence, or nothing where the person needs none; cheap, for a panel."""
    body = active_body(context)
    if body is None or not preferences().show_next:
        return ""
    job = session().job
    if job is not None:
        # From the start, though there is a figure only after a while: buttons should not move.
        polished = body.motivo.generation.quality == "physical" and not performer(body).needs_model
        return KEEP if polished and not job.here and job.body == body.session_uid else ""
    exported = bool(context.scene.motivo_export.report)
    if exported or body.motivo_character.target is not None:
        return ""  # who has come this far knows the way
    takes = session().takes.get(body.session_uid)
    if takes is None:
        played = body.animation_data.action if body.animation_data is not None else None
        if not body.motivo.prompts:
            return PROMPT if played is None or _was_baked(played) else KEYED
        if missing(body):
            return ""  # Generate Motion itself says what it lacks
        return "" if _was_baked(played) else GENERATE
    if takes.baked_as:
        return EXPORT
    return AGAIN if not missing(body) and is_out_of_date(body, takes) else BAKE


def _was_baked(action: bpy.types.Action | None) -> bool:
    return action is not None and "motivo_take" in action
