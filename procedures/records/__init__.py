"""The structs that cross the boundary, a file for each namespace."""
