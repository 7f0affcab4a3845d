"""The clock: it starts this program's own commands when they are due. It holds no watched secret and imports no SDK."""
