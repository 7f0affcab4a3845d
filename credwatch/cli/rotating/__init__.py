"""Rotations at the command line: planned, begun, shown, chosen about, recovered."""
