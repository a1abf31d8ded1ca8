"""Reports: every figure against plain SQL over the tables, whatever it is of; tables for spreadsheets; what a month would come to."""
import csv
import io
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, Emulator, env  # noqa: E402
from program import Workspace, equal, main, packshot, start  # noqa: E402
from test_api import catalogue  # noqa: E402

FAULTS = ["--seed", "5", "--fault", "lost=6", "--fault", "no_image=6", "--fault", "off_white=8", "--fault", "safety=6", "--fault", "internal=6"]


def report(work, *flags):
    return json.loads(packshot("report", "--out", work.out, "--json", *flags).stdout)


def by_sql(work, *flags):
    """What the SQL says that the program prints, in another program."""
    script = packshot("report", "--out", work.out, "--sql", *flags).stdout
    done = subprocess.run(["sqlite3", "-readonly", os.path.join(work.out, "packshot.db")], input=script, stdout=subprocess.PIPE, text=True, check=True)
    rows = [line.rsplit("|", 1) for line in done.stdout.splitlines()[1:]]
    return {figure: float(value) for figure, value in rows if value != ""}


NAMED = {"by_model": lambda r: r["model"], "by_category": lambda r: r["category"] or "", "stages": lambda r: r["stage"], "review_reasons": lambda r: r["reason"],
         "failures": lambda r: "%s,%s" % (r["code"], r["stage"] or "")}


def find(document, figure):
    """The value at "cost.by_model[local].calls"."""
    at = document
    for part in re.findall(r"[^.\[\]]+(?:\[.*?\](?=\.|$))?", figure) if "[" not in figure else split(figure):
        name, _, key = part.partition("[")
        at = at[name]
        if key:
            found = [row for row in at if NAMED[name](row) == key[:-1]]
            if not found:
                return None
            at = found[0]
    return at


def split(figure):
    head, _, rest = figure.partition("[")
    name, _, tail = rest.rpartition("].")
    parts = head.split(".")
    return parts[:-1] + ["%s[%s]" % (parts[-1], name), tail]


def numbers(document, path=""):
    """Every number of a report, by its place."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from numbers(value, path + "." + key if path else key)
    elif isinstance(document, list):
        for row in document:
            name = path.rsplit(".", 1)[-1]
            if name in NAMED:
                yield from numbers(row, "%s[%s]" % (path, NAMED[name](row)))
    elif isinstance(document, (int, float)) and not isinstance(document, bool):
        yield path, document


OTHERWISE = re.compile(r"^(run$|elapsed_s|throughput_per_s|percentiles_within|projection|runs|cost.category_count|cache.hit_rate|failures.*example|.*\.count$|item_ms|latency_ms|"
                       r"cost.by_model.*(tokens|unknown|latency)|success_rate)")


def check(work, *flags):
    """JSON against SQL, both ways: nothing differs, and nothing is left out."""
    told, sql = report(work, *flags), by_sql(work, *flags)
    for figure, value in sql.items():
        got = find(told, figure)
        near = 0.008 * abs(value) + 0.001 if "_ms" in figure else 1e-9
        assert got is not None or value == 0, "%s is missing: %r" % (figure, value)
        assert math.isclose(got or 0, value, abs_tol=near), "%s: %r, by SQL %r" % (figure, got, value)
    for figure, value in numbers(told):
        if figure in sql or value == 0 or OTHERWISE.match(figure):
            continue
        raise AssertionError("%s = %r is not checked by any SQL" % (figure, value))
    return told


def check_text(work, told, *flags):
    text = packshot("report", "--out", work.out, *flags).stdout
    for status in ("succeeded", "review", "rejected", "failed", "skipped", "total"):
        row = re.search(r"^  %s +(\d+)" % status, text, re.M)
        equal(status, int(row.group(1)) if row else 0, told["items"][status])
    cost = re.search(r"cost    \$([\d.]+): pictures \$([\d.]+), texts \$([\d.]+); (\d+) paid calls", text)
    equal("cost", cost.groups(), tuple("%.4f" % told["cost"][k] for k in ("total_usd", "image_usd", "text_usd")) + (str(told["calls"]["sent"]),))
    cache = re.search(r"cache   (\d+) hits, (\d+) misses .*, \$([\d.]+) saved", text)
    equal("cache", cache.groups(), (str(told["cache"]["hits"]), str(told["cache"]["misses"]), "%.4f" % told["cost"]["saved_by_cache_usd"]))
    for failure in told["failures"]:
        assert re.search(r"^  %s +%s +%d  " % (failure["code"], failure["stage"] or "-", failure["count"]), text, re.M), (failure, text)


def table(work, *flags):
    return list(csv.DictReader(io.StringIO(packshot("report", "--out", work.out, "--format", "csv", *flags).stdout, newline="")))


def check_table(work, told, *flags):
    items, calls = table(work, *flags), table(work, "--calls", *flags)
    equal("rows", len(items), told["items"]["total"])
    for status in ("succeeded", "review", "rejected", "failed", "skipped"):
        equal("rows that are " + status, sum(r["status"] == status for r in items), told["items"][status])
    equal("unchanged", sum(int(r["unchanged"]) for r in items), told["items"]["unchanged"])
    sent = [r for r in calls if r["state"] != "reserved"]
    equal("calls", len(sent), told["calls"]["sent"])
    paid = sum(float(r["settled_usd"]) for r in calls if r["state"] == "settled") + sum(float(r["reserved_usd"]) for r in calls if r["state"] == "unknown")
    assert math.isclose(paid, told["cost"]["total_usd"], abs_tol=1e-9), (paid, told["cost"])
    return items


def nights(work, server):
    """Three nights: faults and a re-run of each, a photo that changes, then nothing new; a run that is broken off by its credit."""
    manifest = catalogue(work, 40)
    lines = [json.loads(line) for line in open(manifest, encoding="utf-8")]
    for i, line in enumerate(lines):
        line["product_info"] = {"category": ("Kitchen", 'Bad "one", <b>', None)[i % 3]}
    work.manifest(lines)
    flags = ["--out", work.out, "--retries", "1", *server.flags()]
    packshot("run", manifest, *flags, env=env(), status=None)
    packshot("rerun", "--out", work.out, "--yes", env=env(), status=None)
    packshot("rerun", "--out", work.out, "--yes", "--status", "rejected", env=env(), status=None)
    lines[1]["title"] = "Another title"
    work.manifest(lines + [{"sku": "=cmd()", "title": "@SUM", "images": ["gone.jpg"]}])
    packshot("nightly", manifest, *flags, "--pause", "0", env=env(), status=None)
    packshot("run", manifest, *flags, env=env(), status=None)
    # A run that is killed before its first answer: calls without items, and their stage.
    work.manifest([dict(line, title=line["title"] + "!", images=["photo-%d.jpg" % ((i + 7) % 40)]) for i, line in enumerate(lines[:12])], "other.jsonl")
    process = start("run", work.path("other.jsonl"), *flags, env=env())
    while not work.sql("SELECT count(*) FROM calls WHERE state IN ('reserved', 'sent')")[0][0] and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.communicate()
    packshot("run", work.path("other.jsonl"), *flags, env=env(), status=None)


def test_every_figure():
    with Workspace() as work, Emulator(*FAULTS, "--latency-ms", "30") as server:
        nights(work, server)
        runs = [r for (r,) in work.sql("SELECT id FROM runs")]
        assert len(runs) >= 4, runs
        for flags in [()] + [("--run", str(r)) for r in runs] + [("--all",), ("--since", "1d"), ("--until", "2100-01-01T00:00")]:
            told = check(work, *flags)
            check_text(work, told, *flags)
            check_table(work, told, *flags)
        told = report(work, "--all")
        for part in ("failures", "review_reasons"):
            assert told[part], part
        assert told["cost"]["unknown_usd"] > 0 and told["cost"]["saved_by_cache_usd"] > 0 and told["items"]["unchanged"] > 0, told
        equal("of all runs", sum(r["cost_usd"] for r in told["runs"]) - told["cost"]["total_usd"] < 1e-9, True)
        # The sums that are kept are those of the rows.
        db = sqlite3.connect(os.path.join(work.out, "packshot.db"))
        db.execute("UPDATE runs SET summed = 0")
        db.commit()
        db.close()
        equal("without sums", report(work, "--all"), told)
        # No cell is a formula.
        rows = table(work, "--all")
        cells = [v for r in rows for v in r.values()]
        equal("formulas", [c for c in cells if c and c[0] in "=+-@"], [])
        equal("the SKU is told", {r["sku"] for r in rows if "cmd" in r["sku"]}, {"'=cmd()"})


def test_a_month():
    with Workspace() as work, Emulator() as server:
        packshot("run", catalogue(work, 10), "--out", work.out, *server.flags(text=False), env=env())
        told = report(work)
        month = told["projection"]
        equal("pictures", (month["of_nights"], month["nights"], month["image_calls"]), (1, 30, 300))
        assert math.isclose(month["month_usd"], 30 * told["cost"]["total_usd"], abs_tol=1e-6), month
        mine = [r for r in month["by_model"] if r["model"] == IMAGE_MODEL][0]
        equal("by what it cost", (mine["estimated"], round(mine["month_usd"], 6)), (False, round(month["month_usd"], 6)))
        assert math.isclose(mine["batch_month_usd"], month["month_usd"] / 2, abs_tol=1e-6), mine
        dearer = [r for r in month["by_model"] if r["model"] == "gemini-3-pro-image"][0]
        assert dearer["estimated"] and dearer["month_usd"] > 3 * mine["month_usd"], dearer
        assert [r["month_usd"] for r in month["by_model"]] == sorted(r["month_usd"] for r in month["by_model"])
        equal("no dead model", [r for r in month["by_model"] if r["model"] == "gemini-2.5-flash-image"], [])
        text = packshot("report", "--out", work.out).stdout
        assert "a month (30 such nights, 300 calls for pictures) $%.4f" % month["month_usd"] in text, text


def test_what_is_asked():
    with Workspace() as work, Emulator() as server:
        packshot("run", catalogue(work, 2), "--out", work.out, *server.flags(text=False), env=env())
        for flags, says in ((("--since", "yesterday"), "is no day"), (("--since", "2026-02-30"), "is no day"), (("--since", "2026-11-25T25:00"), "is no day"),
                            (("--until", "2020-01-01"), "nothing was run"), (("--until", "1970-01-01"), "nothing was run"), (("--since", "1d", "--until", "2d"), "comes before"), (("--run", "9"), "no run 9"),
                            (("--run", "1", "--all"), "one run"), (("--all", "--since", "1d"), "no --since"), (("--calls",), "--format csv")):
            done = packshot("report", "--out", work.out, *flags, status=2)
            equal("nothing is printed", done.stdout, "")
            assert says in done.stderr, (flags, done.stderr)


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
