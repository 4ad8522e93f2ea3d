"""What holds whichever server answers."""

GRACE = 1  # seconds, after the calls have ended, for what the server still holds
LARGEST_HEAD = 64 * 1024  # bytes of a request; long GET batches come in one request line
LARGEST_MESSAGE = 2**20  # bytes on a WebSocket
