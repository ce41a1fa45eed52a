"""The command line: the only room that prints, asks or exits.

Nothing heavy is imported before a command runs, so that help answers at once.
"""
