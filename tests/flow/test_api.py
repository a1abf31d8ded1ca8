"""The paid road against a server that speaks the model's API: what is billed is what is booked, and what can succeed does."""
import io
import json
import os
import subprocess
import sys
import time

from PIL import Image, ImageDraw

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, KEY, PASSING, Emulator, env  # noqa: E402
from program import SAMPLE, Workspace, equal, main, packshot, start  # noqa: E402

ITEMS = int(os.environ.get("ITEMS", "500"))
QUICK = ("--timeout", "3", "--retries", "8")


def photo(seed, size=(1000, 900)):
    """A product of its own before a backdrop: drawn, so that hundreds differ and cost nothing."""
    image = Image.new("RGB", size, (228, 230, 226))
    draw = ImageDraw.Draw(image)
    x, y = 260 + seed % 7 * 10, 200 + seed % 5 * 10
    draw.rounded_rectangle((x, y, x + 420, y + 480), 40, fill=(40 + seed % 11 * 15, 60 + seed % 13 * 10, 150))
    draw.ellipse((x + 100, y + 120, x + 300, y + 320), fill=(220, 180 - seed % 17 * 8, 60))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def catalogue(work, count, fault=None, distinct=24):
    photos = [photo(i) for i in range(distinct)]
    products = []
    for i in range(count):
        work.write("photo-%d.jpg" % i, photos[i % distinct] + b"%d" % i)
        info = {"category": "Kitchen", "brand": "Umber" if not fault else "FAULT-" + fault, "audience": "home cooks"}
        products.append({"sku": "A%04d" % i, "title": "Umber jug %d" % i, "images": ["photo-%d.jpg" % i], "product_info": info})
    return work.manifest(products)


def bill_matches(work, *servers):
    """Row by row: each answer that was billed is a call of ours, at the same price. Those whose answer never came whole are as many as
    ours that are unknown, with those that a proxy answered for the server: nobody can know of these. Returns (billed, unknown)."""
    bill = {b["id"]: b for server in servers for b in server.bill()}
    rows = work.sql("SELECT answer_id, settled_nano, state FROM calls")
    settled = {name: nano for name, nano, state in rows if state == "settled" and name}
    unknown = [r for r in rows if r[2] == "unknown"]
    equal("open calls", [r for r in rows if r[2] not in ("settled", "unknown")], [])
    equal("paid without a bill", sorted(set(settled) - set(bill)), [])
    for name, nano in settled.items():
        equal("price of " + name, nano, bill[name]["nano"])
    unseen = [b for name, b in bill.items() if name not in settled]
    equal("delivered but not booked", [b for b in unseen if b["delivered"]], [])
    proxies = sum(server.stats().get("proxy_html", 0) for server in servers)
    equal("unknown", len(unknown), len(unseen) + proxies)
    return len(bill), len(unknown)


def test_faults_that_pass():
    faults = []
    for name in PASSING:
        faults += ["--fault", name + "=1.25"]
    with Workspace() as work, Emulator("--seed", "7", "--latency-ms", "100", *faults) as server:
        manifest = catalogue(work, ITEMS)
        done = packshot("run", manifest, "--out", work.out, "--concurrency", "64", "--lost", "retry", *QUICK, *server.flags(), env=env(),
                        status=None)
        status = dict(work.sql("SELECT status, count(*) FROM items GROUP BY status"))
        why = work.sql("SELECT error, error_message, reasons, count(*) FROM items WHERE status != 'succeeded' GROUP BY 1, 2, 3")
        equal("delivered: %s" % why, status.get("succeeded", 0) + status.get("review", 0), ITEMS)
        assert status.get("succeeded", 0) >= 0.95 * ITEMS, why
        billed, unknown = bill_matches(work, server)
        stats = server.stats()
        assert unknown > 0 and len([n for n in PASSING if stats.get(n)]) >= 15, stats
        print("| %d items in %.1f s: %d requests, %d billed, %d answers lost" % (ITEMS, done.seconds, stats["requests"], billed, unknown))


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
