"""A flat reference put onto a scene: where its feet come down, the body over them, and what its hands
lie on."""
