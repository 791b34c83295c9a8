"""What the emulator says of itself, as data, and the page that is made of it."""
