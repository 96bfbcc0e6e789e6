"""What a call of `Logger.log` costs the service: its distribution over many calls, beside a server that takes all."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from driftline.client.logger import Logger

CALLS, FEATURES = 300_000, 20
_SERVER = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = b'{"batch": "%s"}' % self.headers["Idempotency-Key"].encode()
        self.send_response(200); self.send_header("Content-Length", str(len(answer))); self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_): pass
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def main() -> None:
    """Print the median and the 99th percentile, at full speed and with a pause between calls."""
    row = {f"feature_{at}": at * 1.5 for at in range(FEATURES)}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as server,
    ):
        port = int(server.stdout.readline()) if server.stdout else 0
        for pause, calls in ((0.0, CALLS), (0.0005, 20_000)):
            with Logger(f"http://127.0.0.1:{port}", "model", spool=Path(folder), queue=CALLS) as logger:
                logger.log(row, 1.0)
                logger.flush()
                took = np.empty(calls, np.int64)
                clock = time.perf_counter_ns
                for at in range(calls):
                    start = clock()
                    logger.log(row, 1.0, id=at)
                    took[at] = clock() - start
                    if pause:
                        time.sleep(pause)
                logger.flush(60)
            empty = np.median([clock() - start for start in (clock() for _ in range(1000))])
            half, most = np.percentile(took, [50, 99]) - empty
            stats = logger.stats()
            said = f"every {pause * 1000:g} ms" if pause else "without a pause"
            print(f"{calls:,} calls {said}: p50 {half:,.0f} ns, p99 {most:,.0f} ns; {stats.dropped} dropped")
        server.kill()


if __name__ == "__main__":
    main()
