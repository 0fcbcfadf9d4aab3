"""A worker that sends texts one way, as many at once as it is asked to, and says what that took.

Argument: the name of the way. Each line on standard input is JSON, `texts`, `concurrency` and `prefix` of their ids;
the answer has seconds, CPU in seconds, peak memory in bytes, and the seconds between two texts in the middle, where all
are under way.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from typing import Any

from benchmarks.programs.fresh_worker import peak_memory
from benchmarks.programs.ways import WAYS, Send

# The seconds over which the first texts are spread: about Twilio's answer.
APART = 0.1


async def send_all(send: Send, texts: int, concurrency: int, prefix: str) -> dict[str, float]:
    """Sends texts to different recipients."""
    waiting = iter(range(texts))
    ended: list[float] = []

    async def work(place: int) -> None:
        # Not all in step: messages of a queue are not.
        await asyncio.sleep(place * APART / concurrency)
        for number in waiting:
            body = {"id": f"{prefix}-{number}", "to": f"+35191{number:07}", "body": f"Your code is {number}."}
            await send(json.dumps(body))
            ended.append(time.monotonic())

    began, used = time.monotonic(), cpu()
    await asyncio.gather(*map(work, range(concurrency)))
    figures = {"seconds": time.monotonic() - began, "cpu": cpu() - used, "peak": peak_memory()}
    middle = ended[concurrency - 1 : texts - concurrency] or ended
    return {**figures, "between": (middle[-1] - middle[0]) / max(1, len(middle) - 1)}


def cpu() -> float:
    """Returns the CPU of this process in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main(way: str) -> None:
    """Answers each line until the standard input ends."""
    send = WAYS[way]()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        question: dict[str, Any] = json.loads(line)
        print(json.dumps(await send_all(send, **question)), flush=True)


if __name__ == "__main__":
    logging.getLogger("twilio").setLevel(logging.WARNING)
    asyncio.run(main(sys.argv[1]))
