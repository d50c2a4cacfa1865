"""`python -m surgeline`: the command line."""

from surgeline.cli import main

if __name__ == "__main__":
    main()
