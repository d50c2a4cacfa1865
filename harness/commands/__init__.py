"""The verbs of the command line that have a file of their own; each registers its function with the app."""
