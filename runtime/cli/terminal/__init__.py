"""What a person at a terminal sees while work goes on, and the files that are left when it is done."""
