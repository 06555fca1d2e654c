"""A skeleton as a person: its proportions, its soles, its skin, what hangs on what."""
