"""What the emulator does and refuses, as data, and the page that is written from it."""
