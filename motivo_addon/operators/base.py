"""What operators have in common: the conditions they work under, in words."""

import bpy

from ..bodies import active_body
from ..client import session


class NeedsBody:
    """Works on the active body."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if active_body(context) is None:
            cls.poll_message_set("Add a body, or select the one to work on")
            return False
        return True


class NeedsIdleBody(NeedsBody):
    """Works on the active body while nothing is being computed."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        job = session().job
        if job is not None:
            cls.poll_message_set(f"{job.title}; wait for it or cancel it")
            return False
        return super().poll(context)


class NeedsTake(NeedsIdleBody):
    """Works on the takes of the active body."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if active_body(context).session_uid not in session().takes:
            cls.poll_message_set("There is no take; generate a motion first")
            return False
        return True


class NeedsPrompt(NeedsIdleBody):
    """Works on the active prompt of the active body."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        settings = active_body(context).motivo
        if not 0 <= settings.active_prompt < len(settings.prompts):
            cls.poll_message_set("Add a prompt first")
            return False
        return True
