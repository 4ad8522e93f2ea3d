"""Several processes that do the same, and how each of them ends in time."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

ENDINGS = (signal.SIGTERM, signal.SIGINT)
# What the parent waits for. A handler would not do: that of a signal which comes when a wait for a
# child is about to begin runs after that.
HEARD = {*ENDINGS, signal.SIGALRM, signal.SIGCHLD}
LIMIT = 9.5  # seconds from being asked to stop until a process ends anyhow

QUICK_END = 1.0  # seconds; a process that ends by itself sooner has perhaps not even started
TRIES = 5  # so many of those in a row, and none will ever start
PAUSE = 0.2  # seconds before the next try
FROM_OUTSIDE = (0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)  # ends that somebody wanted

logger = logging.getLogger(__name__)


def end_within(seconds: float) -> None:
    """End the process then, unless it has ended before."""
    timer = threading.Timer(seconds, os._exit, [1])
    timer.daemon = True
    timer.start()


class Processes:
    """One that ends unasked is replaced; all end with this."""

    def __init__(
        self, work: Callable[[], None], ended: Callable[[int], None] | None = None
    ) -> None:
        self._work = work
        self._ended = ended  # is told which process has
        self._watched, self._held = os.pipe()  # its end tells the children that we are gone
        self._started: dict[int, float] = {}
        self._stopping = False
        self._in_vain = 0
        self._failed = False

    def run(self, count: int) -> int:
        """Run that many until asked to stop; the exit status: 0 if all have ended as asked."""
        signal.signal(signal.SIGCHLD, lambda *_: None)  # what nobody handles may be dropped
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        for _ in range(count):
            self._start()
        while self._started:
            self._hear(signal.sigwait(HEARD))
        return int(self._failed)

    def _hear(self, sign: int) -> None:
        if sign == signal.SIGCHLD:
            self._reap()
        elif sign == signal.SIGALRM:
            self._send(signal.SIGKILL)
        elif self._stopping:
            self._send(signal.SIGKILL)
            os._exit(128 + sign)
        else:
            self._stop()

    def _reap(self) -> None:
        """See which have ended: one signal may stand for several."""
        while self._started:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            if self._ended is not None:
                self._ended(child)
            self._went(child, os.waitstatus_to_exitcode(status))

    def _went(self, child: int, code: int) -> None:
        lived = time.monotonic() - self._started.pop(child)
        if self._stopping:
            self._failed |= code not in (0, -signal.SIGTERM)
            return
        logger.warning("process %d has ended unasked (%d)", child, code)
        if self._is_hopeless(code, lived):
            self._failed = True
            self._stop()
        else:
            self._start()

    def _is_hopeless(self, code: int, lived: float) -> bool:
        """Whether there is no use in another process. One that was killed says nothing of that."""
        if lived >= QUICK_END:
            self._in_vain = 0
            return False
        self._in_vain += code not in FROM_OUTSIDE
        time.sleep(PAUSE)
        return self._in_vain >= TRIES

    def _stop(self) -> None:
        self._stopping = True
        self._send(signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, LIMIT)  # for those who do not even hear that

    def _send(self, sign: signal.Signals) -> None:
        for child in self._started:
            with suppress(ProcessLookupError):
                os.kill(child, sign)

    def _start(self) -> None:
        if self._stopping:
            return
        if child := os.fork():
            self._started[child] = time.monotonic()
            return
        for sign in HEARD:
            signal.signal(sign, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        self._work_and_exit()

    def _work_and_exit(self) -> None:
        os.close(self._held)
        threading.Thread(target=self._end_with_parent, daemon=True).start()
        try:
            self._work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _end_with_parent(self) -> None:
        os.read(self._watched, 1)
        end_within(LIMIT)
        os.kill(os.getpid(), signal.SIGTERM)
