"""What makes a reference performable: no jumps, weight on its feet, toes that wait or are lifted."""
