"""What is wrong with cameras and bodies: the reading of their numbers that fits all evidence."""
