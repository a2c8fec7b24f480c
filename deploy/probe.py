"""A container's health check: `probe.py PORT` exits with 0 if the process reports ready."""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=4)
connection.request("GET", "/health/ready")
answer = connection.getresponse()
print(answer.read().decode("utf-8", "replace"))
sys.exit(0 if answer.status == 200 else 1)
