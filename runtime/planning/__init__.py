"""From a prompt timeline to one reference: keys and what lies between, paths, behaviours."""
