"""A container's health check: `probe.py PORT` ends with 0 where the process says it is ready."""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=4)
connection.request("GET", "/health/ready")
answer = connection.getresponse()
print(answer.read().decode("utf-8", "replace"))
sys.exit(0 if answer.status == 200 else 1)
