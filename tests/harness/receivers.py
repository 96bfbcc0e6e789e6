"""What notifications are posted to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Keeps the bodies that are posted to it; answers `status`."""

    daemon_threads = True

    def __init__(self):
        """Listen on a free port."""
        self.status, self.bodies = 200, []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(self.server.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
