"""The draft: a servo with help on the root follows the reference, in about a second."""
