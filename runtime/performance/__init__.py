"""Reference -> performed states: muscles and ground alone, found by trajectory optimisation."""
