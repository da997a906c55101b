"""A number's life, by a service that knows nothing but the OpenAPI document. Python's standard library is all it takes.

Usage: GATEWAY_URL=http://127.0.0.1:7300 GATEWAY_KEY=... python3 life.py <reference>
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ["GATEWAY_URL"]
KEY = os.environ["GATEWAY_KEY"]
PATIENCE_SECONDS = 90


def http(method, path, body=None, key=KEY):
    headers = {"Authorization": f"Bearer {key}"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=90) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Api:
    """Operations by their ids, as the document tells them."""

    def __init__(self):
        _, document = http("GET", "/openapi.json", key="none is needed")
        self.operations = {
            operation["operationId"]: (method.upper(), path)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def call(self, operation_id, body=None, query=None, **params):
        method, path = self.operations[operation_id]
        for name, value in params.items():
            path = path.replace("{" + name + "}", urllib.parse.quote(value, safe=""))
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return http(method, path, body)


def expect(answer, status):
    assert answer[0] == status, answer
    return answer[1]


def until(look, is_so):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = look()
        if is_so(answer):
            return answer
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)


def main(reference):
    api = Api()
    wrong = expect(api.call("provision", {"reference": reference, "term": "soon"}), 400)
    assert wrong["field"] == "term", wrong

    request = {
        "reference": reference,
        "criteria": {"country": "US"},
        "term": "1 hour",
        "releasePolling": {"initial": "1s", "max": "1s"},
        "settleWindow": "1s",
    }
    expect(api.call("provision", request), 202)
    found = until(
        lambda: expect(api.call("showProvision", query={"wait": "30s"}, reference=reference), 200),
        lambda provision: provision["state"] == "leased",
    )
    number = found["number"]

    text = {"id": "welcome", "to": "+12025550123", "message": "Hello from Python"}
    assert expect(api.call("sendMessage", text, number=number), 200)["outcome"] == "sent"
    assert expect(api.call("sendMessage", text, number=number), 200)["outcome"] == "sent"
    expect(api.call("extendLease", {"term": "1 hour"}, number=number), 200)
    listed = until(
        lambda: expect(api.call("listLeases", query={"reference": reference}), 200)["leases"],
        lambda leases: len(leases) == 1,
    )
    assert listed[0]["number"] == number, listed
    expect(api.call("terminateLease", {"reason": "done"}, number=number), 200)
    status = until(
        lambda: expect(api.call("showLease", number=number), 200),
        lambda lease: lease["state"] == "released",
    )
    assert status["counts"]["sent"] == 1, status
    print(json.dumps({"number": number, "state": status["state"]}))


main(sys.argv[1])
