"""The body in physics: its model, a control step, and its derivatives."""
