"""`python -m sefd_viewer` is the same as `sefd-viewer`."""

from sefd_viewer.cli.main import main

if __name__ == "__main__":
    main()
