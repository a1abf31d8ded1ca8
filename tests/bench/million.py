"""million.py PACKSHOT [ITEMS [FOLDER]]: a catalogue of that many pictures (default 1,000,000) in one workspace: killed half way, gone on with, run
again unchanged, reported. Prints time, processor time and peak memory of each, and fails where one takes more than 150 MiB. Takes half an hour
and 10 GB per million; FOLDER is kept, and gone on with when it is there."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "flow"))
from program import SAMPLE  # noqa: E402

LIMIT_MIB = 150


def write_manifest(path, items, photo):
    with open(path, "w", encoding="utf-8") as f:
        for i in range(items):
            f.write(json.dumps({"sku": "SKU-%07d" % (i * 7919 % items), "title": "Enamel mug %d" % i, "images": [photo],
                                "product_info": {"category": ("Kitchen", "Garden", "Office")[i % 3], "brand": "Norrland", "price": 12.5,
                                                 "attributes": {"material": "steel"}}}) + "\n")


def peak(what, args, kill_at=None):
    """Runs it, or kills it as soon as kill_at() says so. Returns whether all was in order."""
    began = time.monotonic()
    child = subprocess.Popen(args, stdout=subprocess.DEVNULL)
    if kill_at:
        def watch():
            while child.poll() is None and not kill_at():
                time.sleep(1)
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
        threading.Thread(target=watch, daemon=True).start()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    mib = used.ru_maxrss / 1024
    print("| %-34s %8.1f s  %8.1f CPU-s  %6.1f MiB%s" % (what, time.monotonic() - began, used.ru_utime + used.ru_stime, mib,
                                                        "" if mib < LIMIT_MIB else "  TOO MUCH"), flush=True)
    return mib < LIMIT_MIB and (kill_at or os.WIFEXITED(status) and os.WEXITSTATUS(status) <= 1)


def main():
    packshot, items = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    folder = sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp(prefix="packshot-million-")
    os.makedirs(folder, exist_ok=True)
    manifest, out = os.path.join(folder, "catalog.jsonl"), os.path.join(folder, "out")
    if not os.path.exists(manifest):
        write_manifest(manifest, items, os.path.join(SAMPLE, "photos", "mug-1.jpg"))
    run = [packshot, "run", manifest, "--out", out, "--size", "200x200", "--image-model", "local-classical", "--quiet"]
    images = os.path.join(out, "images")
    good = peak("admission, killed half way", run, lambda: os.path.exists(images) and os.stat(images).st_nlink > items / 2)
    good &= peak("resume", run)
    good &= peak("run again, unchanged", run)
    good &= peak("report", [packshot, "report", "--out", out])
    good &= peak("report --json", [packshot, "report", "--out", out, "--json"])
    sys.exit(0 if good else 1)


main()
