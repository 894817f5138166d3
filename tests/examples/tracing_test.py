"""Checks that the spans of the tracing example are one tree, and that the service received the traceparent of each attempt.

Usage: tracing_test.py EXAMPLES_DIR EMULATOR
"""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import emulator  # noqa: E402

examples = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)


class Tracing(emulator.TimedCase):
    def span_of(self, request):
        """The span in a request to a collector."""
        (resource,) = request["resourceSpans"]
        self.assertEqual(resource["resource"]["attributes"], [{"key": "service.name", "value": {"stringValue": "tracing"}}])
        (scope,) = resource["scopeSpans"]
        self.assertEqual(scope["scope"], {"name": "boxd"})
        (span,) = scope["spans"]
        return span

    def test_tree(self):
        with emulator.Emulator() as service:
            ran = subprocess.run([examples / "tracing"], env={**os.environ, **service.env}, capture_output=True,
                                 text=True, timeout=60)
            log = service.log()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        spans = [self.span_of(json.loads(line)) for line in ran.stdout.splitlines()]
        by_id = {span["spanId"]: span for span in spans}
        attempts = [span for span in spans if span["kind"] == 3]
        names = {span["name"] for span in attempts}
        self.assertEqual({f"boxd.api.v1.BoxdApi/{rpc}" for rpc in ("CreateVm", "Exec", "DestroyVm")} |
                         {"POST /api/v1/auth/token"}, names)
        root = next(span for span in spans if span["name"] == "tracing")
        for span in attempts:
            self.assertEqual(span["status"]["code"], 1)
            if span["name"].startswith("POST"):
                continue
            step = by_id[span["parentSpanId"]]
            self.assertEqual(step["parentSpanId"], root["spanId"])
            self.assertEqual(span["traceId"], root["traceId"])
        sent = {record["traceparent"] for record in log}
        self.assertEqual(sent, {f"00-{span['traceId']}-{span['spanId']}-01" for span in attempts})
        self.assertIn("3 calls, 0 failed; 4 attempts, 0 failed;", ran.stderr)
        self.assertIn("boxd info: a token from ", ran.stderr)
        self.assertNotIn(service.api_key, ran.stderr + ran.stdout)


if __name__ == "__main__":
    emulator.run(__name__)
