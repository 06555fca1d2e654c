"""The shelf: every take that was generated stays with its body and is saved with the file."""
