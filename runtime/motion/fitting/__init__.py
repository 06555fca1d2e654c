"""The way from any skeleton to the body: one least-squares problem a clip, and what goes into it."""
