"""The folder that stands first on the path of a service's Python, which imports `sitecustomize` from it."""
