"""The kinds of prompt, one module each."""
