"""A flat reference put onto a scene: where its feet come down, and the body over them."""
