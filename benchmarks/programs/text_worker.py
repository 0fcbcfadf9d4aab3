"""A worker that sends texts one way, as many at once as it is asked to, and says what that took.

Argument: the name of the way. Each line on standard input is JSON, `texts`, `concurrency` and `prefix` of their ids;
the answer has seconds, CPU in seconds, and peak memory in bytes.
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


async def send_all(send: Send, texts: int, concurrency: int, prefix: str) -> dict[str, float]:
    """Sends texts to different recipients."""
    waiting = iter(range(texts))

    async def work() -> None:
        for number in waiting:
            body = {"id": f"{prefix}-{number}", "to": f"+35191{number:07}", "body": f"Your code is {number}."}
            await send(json.dumps(body))

    began, used = time.monotonic(), cpu()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    return {"seconds": time.monotonic() - began, "cpu": cpu() - used, "peak": peak_memory()}


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
