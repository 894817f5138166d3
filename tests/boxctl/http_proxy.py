"""An HTTP proxy for tests of boxctl, in threads of the test."""

import socket
import socketserver
import threading


class _Handler(socketserver.BaseRequestHandler):
    """Answers CONNECT. The tunnel leads to 127.0.0.1, whatever the name of the server is: only the proxy knows the names."""

    def handle(self):
        proxy = self.server.owner
        if proxy.banner is not None:
            self.request.sendall(proxy.banner)
            return
        header = b""
        while b"\r\n\r\n" not in header:
            data = self.request.recv(4096)
            if not data:
                return
            header += data
        proxy.headers.append(header.decode())
        if proxy.slow is not None:
            self._answer_slowly(proxy.slow)
        elif proxy.answer:
            self.request.sendall(b"HTTP/1.1 " + proxy.answer.encode() + b"\r\nContent-Length: 0\r\n\r\n")
        elif header.startswith(b"CONNECT "):
            self._tunnel(int(header.split()[1].rpartition(b":")[2]))

    def _answer_slowly(self, text):
        self.request.settimeout(0.1)
        for i in range(len(text) + 1):
            try:
                self.request.sendall(text[i:i + 1])
                if i == len(text):
                    self.request.settimeout(None)
                if not self.request.recv(1):
                    return
            except TimeoutError:
                pass
            except OSError:
                return

    def _tunnel(self, port):
        with socket.create_connection(("127.0.0.1", port)) as server:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=self._copy, args=(server, self.request))
            back.start()
            self._copy(self.request, server)
            back.join()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class HttpProxy:
    """`answer`: the status line of each answer, "403 Forbidden". `banner`: sent at once, before the connection ends.
    `slow`: sent after the request, one byte each 0.1 s, and then nothing until the client closes the connection.
    Without all of them the proxy works."""

    def __init__(self, answer=None, banner=None, slow=None):
        self.answer, self.banner, self.slow, self.headers = answer, banner, slow, []

    def __enter__(self):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self.server.owner = self
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
