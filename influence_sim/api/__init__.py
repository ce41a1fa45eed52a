"""The public functions: what notebooks call, and what the command line is made of."""
