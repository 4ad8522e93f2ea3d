"""What holds whichever server answers."""

GRACE = 1  # seconds, after the calls have ended, for what the server still holds
LARGEST_MESSAGE = 2**20  # bytes on a WebSocket
