"""What a file is, what it holds, and what can be done with it here."""
