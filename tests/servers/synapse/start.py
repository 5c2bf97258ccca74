"""Runs Synapse on a free loopback port until standard input ends, at the end of the test."""

import json
import os
import socket
import sys
import tempfile
import threading

from synapse.app.homeserver import main

# This reserves the port: no other program gets it, but Synapse, which sets the same option, may listen on it.
held = socket.socket()
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
held.bind(("127.0.0.1", 0))
port = held.getsockname()[1]

own = tempfile.TemporaryDirectory(prefix="synapse-", dir=sys.argv[1], ignore_cleanup_errors=True)
config = os.path.join(own.name, "own.yaml")
with open(config, "w") as file:
    database = {"database": os.path.join(own.name, "homeserver.db")}
    resources = [{"names": ["client", "consent"]}]
    listener = {"type": "http", "bind_addresses": ["127.0.0.1"], "port": port, "resources": resources}
    json.dump(
        {
            "public_baseurl": f"http://127.0.0.1:{port}/",
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": database},
        },
        file,
    )


def end_with_the_test():
    os.read(0, 1)
    own.cleanup()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
sys.argv[1:] = ["-c", "homeserver.yaml", "-c", config]
main()
