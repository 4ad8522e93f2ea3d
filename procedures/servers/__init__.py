"""What speaks HTTP: a file for each server, which is read only where that one is chosen."""
