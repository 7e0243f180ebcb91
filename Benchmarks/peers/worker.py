"""The Python side of `kernel-bench peers`: holds the peer libraries and takes turns with the Swift side.

Usage: worker.py FOLDER THREADS. One JSON request a line comes on standard input, one JSON answer a line goes to
standard output:

  (at the start)                                   {"versions": {name: version}, "missing": {name: reason}}
  {"do": "open", "kind": "spmm", "task": DIR,      {"isChecked": flag, "ours": error,
   "graph": DIR, "transposed": false}               "peers": {name: error}, "failed": {name: reason}}
  {"do": "run", "peer": name, "calls": n}          {"seconds": s}
  {"do": "close"}                                  {}
  {"do": "end"}                                    (the process ends)

An error is the largest difference from a float64 reference over the reference's largest magnitude, null where the
result is not finite or has another shape. When the input ends without "end" the other side is gone, and the worker
removes FOLDER.
"""

import gc
import importlib
import json
import os
import shutil
import sys
import time

FOLDER_PREFIX = "gossamer-peers-"
KINDS = {"spmm": "products", "sddmm": "products", "softmax": "layers", "gat": "layers", "gcn": "training"}


class Worker:
    def __init__(self, libraries):
        self.libraries = libraries
        self.task = None
        self.calls = {}

    def open(self, request):
        kind = request["kind"]
        self.task = importlib.import_module(KINDS[kind]).TASKS[kind](request, self.libraries)
        checked = self.task.checks_ours()
        ours = self.task.error_of_ours() if checked else None
        errors, failed = {}, {}
        for name, make in self.task.peers().items():
            try:
                call, result = make()
                call()
                errors[name] = self.task.error(result())
                self.calls[name] = call
            except Exception as problem:
                failed[name] = reason(problem)
        self.task.forget_reference()
        return {"isChecked": checked, "ours": ours, "peers": errors, "failed": failed}

    def run(self, request):
        call, calls = self.calls[request["peer"]], request["calls"]
        if calls > 1:
            call()
        gc.disable()
        start = time.perf_counter()
        for _ in range(calls):
            call()
        seconds = time.perf_counter() - start
        gc.enable()
        return {"seconds": seconds}

    def close(self, _):
        self.task, self.calls = None, {}
        gc.collect()
        return {}


def reason(problem):
    text = str(problem).strip().splitlines()
    return (type(problem).__name__ + (": " + text[0] if text else ""))[:200]


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    try:
        if serve(threads):
            return
    except BrokenPipeError:
        pass
    # Without an "end" the other side is gone, and nobody else removes what it wrote.
    if os.path.basename(folder.rstrip("/")).startswith(FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def serve(threads):
    """Answers requests; whether the last one was an "end"."""
    # Libraries print to standard output; the answers keep it for themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    import libraries

    loaded = libraries.load(threads)
    answer({"versions": loaded.versions, "missing": loaded.missing})
    worker = Worker(loaded)
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "end":
            return True
        answer(getattr(worker, request["do"])(request))
    return False


main()
