"""How running work looks: in the panel and in the status bar."""

from .client import Job, session
from .words.translations import translated


def draw_progress(layout, job: Job) -> None:
    """The bar with the way to stop it."""
    row = layout.row(align=True)
    row.scale_y = 1.4
    text = translated(job.text)
    if job.fraction > 0:  # of what runs until it is ended nobody knows a share
        text += f"  {100 * job.fraction:.0f} %"
    row.progress(factor=job.fraction, text=text, translate=False)
    if job.here:
        row.label(text="", icon="EVENT_ESC")  # the operator has the mouse
    else:
        row.operator("motivo.cancel", text="", icon="X")
        if job.best is not None:
            layout.operator("motivo.keep_best", icon="CHECKMARK")


def draw_status(header, _context) -> None:
    """The status bar while work runs, in place of Blender's own."""
    job = session().job
    if job is None:
        return
    row = header.layout.row(align=True)
    row.label(text="Cancel", icon="EVENT_ESC")
    row.separator(factor=2.0)
    bar = row.row()
    bar.ui_units_x = 14
    text = f"{translated(job.title)}: {translated(job.text)}"
    bar.progress(factor=job.fraction, text=text, translate=False)
