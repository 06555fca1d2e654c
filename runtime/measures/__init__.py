"""What a motion is worth: clean feet, smooth joints, a body held up by nothing but the ground."""
