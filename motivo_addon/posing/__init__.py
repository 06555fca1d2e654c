"""Posing the body by its hands and feet. What loads NumPy is imported when it is used."""
