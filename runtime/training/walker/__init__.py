"""The check that FB learns: the walker of DeepMind Control, from data that lies still."""
