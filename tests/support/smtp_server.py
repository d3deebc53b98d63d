#!/usr/bin/env python3
"""A real SMTP server (aiosmtpd) for tests: smtp_server.py FOLDER. Prints its port; each mail becomes a file of FOLDER,
its envelope in the first line. Recipients that begin with "nobody" are refused for good, those that begin with "later"
for the moment. Logs in as user/secret when asked to. Ends when FOLDER has a file named stop, or after two minutes."""
import pathlib
import socket
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

FOLDER = pathlib.Path(sys.argv[1])


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such mailbox"
        if address.startswith("later"):
            return "451 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        Handler.count += 1
        head = f"{envelope.mail_from} {','.join(envelope.rcpt_tos)} {'user' if session.authenticated else '-'}\n"
        temporary = FOLDER / "part"
        temporary.write_bytes(head.encode() + envelope.content)
        temporary.rename(FOLDER / f"mail{Handler.count}")
        return "250 OK"


def check(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"user" and data.password == b"secret")


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
controller = Controller(Handler(), hostname="127.0.0.1", port=port, authenticator=check, auth_require_tls=False)
controller.start()
print(port, flush=True)
for _ in range(1200):
    if (FOLDER / "stop").exists():
        break
    time.sleep(0.1)
controller.stop()
