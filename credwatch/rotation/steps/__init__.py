"""What is done in each state. A step reads the world first, has at most one effect, and says what follows."""
