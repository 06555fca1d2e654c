"""What operators have in common: the conditions they work under, in words."""

import bpy

from ..bodies import active_body
from ..client import session


class SaysWhyNot:
    """Cannot always be pressed, and says why: in the tooltip and, by ``why_not``, in the panel."""

    @classmethod
    def problem(cls, context: bpy.types.Context) -> str:
        """What has to be done first, in a sentence without a full stop, or nothing. Cheap."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        problem = cls.problem(context)
        if problem:
            cls.poll_message_set(problem)
        return not problem


def why_not(context: bpy.types.Context, identifier: str) -> str:
    """Why the button of an operator ("motivo.bake") is greyed, or nothing."""
    package, _, name = identifier.partition(".")
    return getattr(bpy.types, f"{package.upper()}_OT_{name}").problem(context)


class NeedsBody(SaysWhyNot):
    """Works on the active body."""

    @classmethod
    def problem(cls, context: bpy.types.Context) -> str:
        return "" if active_body(context) else "Add a body, or select the one to work on"


class NeedsIdleBody(NeedsBody):
    """Works on the active body while nothing is being computed."""

    @classmethod
    def problem(cls, context: bpy.types.Context) -> str:
        job = session().job
        if job is not None:
            return f"{job.title}; wait for it or cancel it"
        return super().problem(context)


class NeedsTake(NeedsIdleBody):
    """Works on the takes of the active body."""

    @classmethod
    def problem(cls, context: bpy.types.Context) -> str:
        problem = super().problem(context)
        if not problem and active_body(context).session_uid not in session().takes:
            return "There is no take; generate a motion first"
        return problem


class NeedsPrompt(NeedsIdleBody):
    """Works on the active prompt of the active body."""

    @classmethod
    def problem(cls, context: bpy.types.Context) -> str:
        problem = super().problem(context)
        if not problem:
            settings = active_body(context).motivo
            if not 0 <= settings.active_prompt < len(settings.prompts):
                return "Add a prompt first"
        return problem
