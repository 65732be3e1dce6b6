"""Start the program from a checkout: `python main.py` is the same as `sefd-viewer`."""

from sefd_viewer.cli.main import main

if __name__ == "__main__":
    main()
