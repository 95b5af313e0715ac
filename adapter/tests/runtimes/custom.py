"""A Lambda custom runtime and its handler in Python, with nothing but the standard library."""

import http.client
import json
import os
import sys


def handler(event, context):
    path = event["rawPath"]
    if path == "/fail":
        raise ValueError("as was asked")
    if path == "/exit":
        sys.exit("about to exit")
    saw = {
        "runtime": "python",
        "method": event["requestContext"]["http"]["method"],
        "path": path,
        "query": event.get("rawQueryString", ""),
        "body": event.get("body"),
        "request_id": context["request_id"],
        "pid": os.getpid(),
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(saw)}


def main():
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    runtime = "/2018-06-01/runtime/invocation/"
    while True:
        connection.request("GET", runtime + "next")
        response = connection.getresponse()
        event = json.loads(response.read())
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            answer, end, headers = handler(event, {"request_id": request_id}), "response", {}
        except ValueError as error:
            answer = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
            end, headers = "error", {"Lambda-Runtime-Function-Error-Type": "Function.ValueError"}
        connection.request("POST", f"{runtime}{request_id}/{end}", json.dumps(answer), headers)
        connection.getresponse().read()


main()
