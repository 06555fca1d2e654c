"""Which way is up in a source: by what rests, what balances, and what lies on the floor."""
