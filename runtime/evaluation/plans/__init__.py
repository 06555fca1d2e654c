"""What is planned from the library, measured: in-betweens, keys, paths and behaviours."""
