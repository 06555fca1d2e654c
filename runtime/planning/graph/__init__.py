"""Ways through the library: searched for, walked for a reward, put together as one motion."""
