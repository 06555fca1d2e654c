"""Which body the tab is about, what comes next, posing it."""
