#!/usr/bin/env python3
"""What a flood of log-ins costs other requests: p99 of a read by API key without and with the flood, and their ratio.

  tandem serve --proxies 127.0.0.1 …                       (so that each try may come from an address of its own)
  log_in_storm.py http://127.0.0.1:8080 tdm_live_… [tries a second] [seconds]

Tries name users that do not exist, from as many addresses, so that neither limit stops them before the password is
looked at. Prints one line of JSON."""
import asyncio
import json
import random
import sys
import time
from urllib.parse import urlsplit

CONNECTIONS = 128


async def ask(reader, writer, head, body=b""):
    writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body if body else head + b"\r\n")
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return status


async def storm(host, port, rate, until, statuses):
    reader, writer = await asyncio.open_connection(host, port)
    at = time.monotonic() + random.random() * CONNECTIONS / rate
    while time.monotonic() < until:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        at += CONNECTIONS / rate
        user = random.getrandbits(64)
        address = ".".join(str(1 + random.getrandbits(24) % 250) for _ in range(4))
        body = b'{"email":"u%x@storm.example","password":"a quiet harbour at dawn"}' % user
        head = (f"POST /api/session HTTP/1.1\r\nHost: localhost:{port}\r\nX-Forwarded-For: {address}\r\n"
                "X-Forwarded-Proto: https\r\nContent-Type: application/json\r\n").encode()
        try:
            status = await ask(reader, writer, head, body)
        except (ConnectionError, asyncio.IncompleteReadError, IndexError, ValueError):
            reader, writer = await asyncio.open_connection(host, port)  # a thousand requests, then a new one
            continue
        statuses[status] = statuses.get(status, 0) + 1
    writer.close()


async def probe(host, port, key, until):
    reader, writer = await asyncio.open_connection(host, port)
    head = (f"GET /api/partners?limit=1 HTTP/1.1\r\nHost: localhost:{port}\r\n"
            f"Authorization: Bearer {key}\r\n").encode()
    times = []
    while time.monotonic() < until:
        begin = time.monotonic()
        try:
            status = await ask(reader, writer, head)
        except (ConnectionError, asyncio.IncompleteReadError, IndexError, ValueError):
            reader, writer = await asyncio.open_connection(host, port)
            continue
        assert status == 200, status
        times.append((time.monotonic() - begin) * 1000)
        await asyncio.sleep(0.01)
    writer.close()
    times.sort()
    return {"requests": len(times), "median_ms": round(times[len(times) // 2], 2),
            "p99_ms": round(times[len(times) * 99 // 100], 2)}


async def main():
    url, key = urlsplit(sys.argv[1]), sys.argv[2]
    rate = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 10
    await probe(url.hostname, url.port, key, time.monotonic() + 2)
    quiet = await probe(url.hostname, url.port, key, time.monotonic() + seconds)
    statuses, until = {}, time.monotonic() + seconds
    tasks = [storm(url.hostname, url.port, rate, until, statuses) for _ in range(CONNECTIONS)]
    flooded, *_ = await asyncio.gather(probe(url.hostname, url.port, key, until), *tasks)
    print(json.dumps({"quiet": quiet, "flooded": flooded, "tries_per_second": round(sum(statuses.values()) / seconds),
                      "answers": statuses, "ratio_of_p99": round(flooded["p99_ms"] / quiet["p99_ms"], 2)}))


asyncio.run(main())
