"""FB and FB-CPR, one file each, and running their updates."""
