"""Files for game engines and other programs."""
