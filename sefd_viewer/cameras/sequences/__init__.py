"""The verdict on sets filmed by several cameras, sequence by sequence: what is wrong, and what to do."""
