"""Motions of other skeletons: what is known of a file, what a person says of it, what was found."""
