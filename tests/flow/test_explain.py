"""packshot explain: a product's whole life, every figure against plain SQL of another shape."""
import json
import os
import shutil
import sqlite3
import sys
import time
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import Origin, Workspace, equal, main, packshot, start  # noqa: E402
from test_api import catalogue, photo  # noqa: E402

FLAGS = ("--allow-private-hosts", "--timeout", "5")


def explain(work, sku):
    """Both ways of telling; the JSON with exact numbers."""
    text = packshot("explain", "--out", work.out, "--", sku).stdout
    done = packshot("explain", "--json", "--out", work.out, "--", sku)
    equal("one line", done.stdout.count("\n"), 1)
    return json.loads(done.stdout, parse_float=Decimal), text


def usd(nano):
    return Decimal(nano or 0) / 10 ** 9


def rows(work, query, *args):
    db = sqlite3.connect("file:%s/packshot.db?mode=ro" % work.out, uri=True)
    db.row_factory = sqlite3.Row
    try:
        return [dict(r) for r in db.execute(query, args)]
    finally:
        db.close()


def check_event(work, item, event):
    for key in "run", "line", "source", "status", "image_model", "text_model":
        equal(key, event[key], item[key])
    equal("reasons", event["reasons"], item["reasons"].split(",") if item["reasons"] else [])
    equal("requests", event["requests"], item["calls"])
    equal("cost", event["cost_usd"], usd(item["cost_nano"]))
    equal("took", float(event["took_ms"]), item["took"] / 1000)
    error = event["error"] or {}
    equal("error", (error.get("code"), error.get("stage"), error.get("message")), (item["error"], item["error_stage"], item["error_message"]))
    equal("advice", bool(error.get("advice")), bool(item["error"]))
    equal("output", event["output"] and (event["output"]["path"], event["output"]["bytes"]), item["output"] and (item["output"], item["output_bytes"]))
    check_parts(work, item, event)


def check_parts(work, item, event):
    stages = rows(work, "SELECT s.*, lower(hex(key)) AS hexkey FROM made_stages s WHERE run = ? AND seq = ? ORDER BY started", item["run"], item["seq"])
    equal("stages", [(s["stage"], s["origin"], s["error"], s["cost_usd"] + s["saved_usd"], s["key"], float(s["took_ms"])) for s in event["stages"]],
          [(s["stage"], s["origin"], s["error"], usd(s["cost_nano"]), s["hexkey"] or None, s["took"] / 1000) for s in stages])
    equal("what hits saved", sum(s["saved_usd"] for s in event["stages"]), usd(sum(s["cost_nano"] for s in stages if s["origin"] == "cache")))
    calls = rows(work, "SELECT * FROM calls WHERE run = ? AND seq = ? ORDER BY id", item["run"], item["seq"])
    equal("calls", len(event["calls"]), len(calls))
    for got, want in zip(event["calls"], calls):
        for key in "id", "stage", "kind", "model", "state", "tries", "error", "answered_by", "answer_id":
            equal("call's " + key, got[key], want[key])
        equal("reserved", got["reserved_usd"], usd(want["reserved_nano"]))
        equal("settled", got["settled_usd"], None if want["settled_nano"] is None else usd(want["settled_nano"]))
        equal("tokens", got["tokens"], None if want["text_tokens_in"] is None else {
            "text_in": want["text_tokens_in"], "image_in": want["image_tokens_in"], "text_out": want["text_tokens_out"], "image_out": want["image_tokens_out"]})


def check_unchanged(work, sku, position, event):
    found = rows(work, "SELECT run, recorded, calls, (SELECT sum(cost_nano) FROM stage_results s WHERE s.run = i.run AND s.seq = i.seq) AS saved"
                       " FROM items i WHERE unchanged AND sku = ? AND position = ? AND run BETWEEN ? AND ? ORDER BY run",
                 sku, position, event["first_run"], event["last_run"])
    equal("unchanged", (event["runs"], event["first_run"], event["last_run"]), (len(found), found[0]["run"], found[-1]["run"]))
    equal("requests", event["requests"], sum(f["calls"] for f in found))
    equal("saved", event["saved_usd"], usd(sum(f["saved"] for f in found)))
    return len(found)


def money(work, join):
    query = "SELECT count(*), sum(settled_nano * (state = 'settled')), sum(reserved_nano * (state = 'unknown'))," \
            " sum(reserved_nano * (state IN ('reserved', 'sent'))) FROM calls c " + join
    count, *sums = work.sql(query)[0]
    return {"calls": count, **{key: usd(nano) for key, nano in zip(("settled_usd", "unknown_usd", "open_usd"), sums)}}


def check(work, sku):
    """Tells the life, holds it against the tables, returns it: (JSON, text, the kinds of events of each picture)."""
    life, text = explain(work, sku)
    kinds, unchanged, worked_on = {}, 0, 0
    for picture in life["pictures"]:
        position = picture["position"]
        items = rows(work, "SELECT * FROM made_items WHERE sku = ? AND position = ? ORDER BY run, seq", sku, position)
        events = [e for e in picture["life"] if e["event"] == "worked_on"]
        equal("runs that worked on it", len(events), len(items))
        worked_on += len(items)
        for item, event in zip(items, events):
            check_event(work, item, event)
        unchanged += sum(check_unchanged(work, sku, position, e) for e in picture["life"] if e["event"] == "unchanged")
        kinds[position] = [e["event"] for e in picture["life"]]
        order = [e.get("run") or e["first_run"] for e in picture["life"]]
        equal("in order", order, sorted(order))
    equal("pictures", list(kinds), [p for (p,) in work.sql("SELECT DISTINCT position FROM items WHERE sku = ? ORDER BY 1", sku)])
    total = dict(life["totals"])
    equal("worked on", total.pop("worked_on"), worked_on)
    equal("found unchanged", (total.pop("unchanged"), unchanged), work.sql("SELECT count(*), count(*) FROM items WHERE unchanged AND sku = ?", sku)[0])
    equal("saved in all", total.pop("saved_usd"), usd(work.sql(
        "SELECT sum(s.cost_nano) FROM stage_results s JOIN items i ON i.run = s.run AND i.seq = s.seq WHERE s.origin = 'cache' AND i.sku = ?", sku)[0][0]))
    if "unrecorded" not in sum(kinds.values(), []):
        equal("paid in all", total, money(work, "JOIN made_items i ON i.run = c.run AND i.seq = c.seq WHERE i.sku = '%s'" % sku.replace("'", "''")))
        equal("to nobody", life["unattributed"], money(work, "WHERE (run, seq) NOT IN (SELECT run, seq FROM made_items)"))
    check_text(life, text)
    return life, text, kinds


def check_text(life, text):
    """It says the same, in fewer words."""
    assert not [c for c in text if ord(c) < 32 and c != "\n"], text
    for picture in life["pictures"]:
        for event in picture["life"]:
            for call in event.get("calls", []):
                assert "#%d " % call["id"] in text, text
                assert call["settled_usd"] is None or "$%s" % (call["settled_usd"] or "0.00") in text, (call, text)
            if event.get("error"):
                assert event["error"]["code"] in text and event["error"]["advice"] in text, text
    assert "$%s settled" % (life["totals"]["settled_usd"] or "0.00") in text, text
    assert "$%s possibly billed" % (life["totals"]["unknown_usd"] or "0.00") in text, text


def stage(event, name):
    return [s for s in event["stages"] if s["stage"] == name][0]


def test_paid_hit_and_unchanged_nights():
    """Two pictures that share their copy, one of them at a URL; nights without a change; another size; nights again; another photo."""
    with Workspace() as work, Emulator() as server, Origin(work.dir) as origin:
        for i in range(2):
            work.write("p%d.jpg" % i, photo(i))
        line = {"sku": "UMB-1", "title": "Umber jug", "images": ["p0.jpg", origin.url + "/p1.jpg"], "ean": 12345678901234567890,
                "product_info": {"category": "Kitchen", "brand": "Umber"}}
        manifest = work.manifest([line, {"sku": "OTHER", "images": ["p0.jpg"]}])
        night = ["run", manifest, "--out", work.out, *FLAGS, *server.flags()]
        for more in [()] * 5 + [("--fill", "0.7")] * 3:
            packshot(*night, *more, env=env())
        life, text, kinds = check(work, "UMB-1")
        equal("told", kinds, {1: ["worked_on", "unchanged"] * 2, 2: ["worked_on", "unchanged"] * 2})
        equal("the line", (life["manifest_line"]["title"], life["manifest_line"]["ean"]), ("Umber jug", 12345678901234567890))
        first, folded, second, _ = life["pictures"][1]["life"]
        equal("folded", (folded["first_run"], folded["last_run"], folded["runs"], folded["requests"]), (2, 5, 4, 4))
        assert "runs 2-5  unchanged in 4 runs, last on " in text, text
        equal("bought once", stage(first, "remove_background")["cost_usd"] > 0 and stage(second, "remove_background")["saved_usd"],
              stage(first, "remove_background")["cost_usd"])
        equal("copy bought for one of the two", sorted(stage(p["life"][0], "copy")["origin"] for p in life["pictures"]), ["cache", "made"])
        facts = stage(first, "fetch")["facts"]
        equal("fetched", (facts["type"], facts["bytes"], bool(facts["etag"])), ("jpeg", os.path.getsize(work.path("p1.jpg")), True))
        # Under the key of a delivery stands the last one; what each run delivered is known all the same.
        equal("cache", [stage(e, "publish")["cache"] for e in (first, second)], ["other", "held"])
        equal("no facts of another", stage(first, "publish")["facts"], None)
        assert first["output"]["sha256"] != second["output"]["sha256"] and first["output"]["sha256"] in text, text
        # Another photo under the same name: the cache's facts of fetch are of the new one.
        work.write("p0.jpg", photo(5))
        packshot(*night, "--fill", "0.7", env=env())
        life, text, _ = check(work, "UMB-1")
        equal("fetched then and now", [stage(e, "fetch")["cache"] for e in life["pictures"][0]["life"] if e["event"] == "worked_on"],
              ["other", "other", "held"])


def test_failed_lost_and_run_again():
    """An error with what to do; an answer that was lost; then it succeeds."""
    with Workspace() as work, Emulator("--script", "no_image,no_image,no_image,lost,ok") as server:
        packshot("run", catalogue(work, 1), "--out", work.out, *FLAGS, "--lost", "review", *server.flags(text=False), env=env(), status=1)
        packshot("rerun", "--out", work.out, "--yes", env=env(), status=1)
        packshot("rerun", "--out", work.out, "--yes", "--class", "lost_answer", env=env())  # left to a person, who names it
        life, text, kinds = check(work, "A0000")
        equal("told", kinds, {1: ["worked_on"] * 3})
        failed, lost, done = life["pictures"][0]["life"]
        equal("errors", [e["error"] and e["error"]["code"] for e in (failed, lost, done)], ["no_image", "lost_answer", None])
        equal("commands", [e["command"] for e in (failed, lost, done)], ["run", "rerun", "rerun"])
        equal("states", [c["state"] for c in lost["calls"] + done["calls"]], ["unknown", "settled"])
        equal("possibly billed", life["totals"]["unknown_usd"], lost["calls"][0]["reserved_usd"])
        assert life["totals"]["unknown_usd"] > 0 and "at most $" in text and "run again: that is a new payment" in text, text
        # Its first row is let go of, as tidying does; the ledger stays, and it is said that this cannot be told.
        db = sqlite3.connect(work.out + "/packshot.db")
        db.execute("DELETE FROM made_items WHERE run = 1")
        db.commit()
        db.close()
        life, text, _ = check(work, "A0000")
        equal("nobody's", (life["unattributed"]["calls"], "cannot be told" in text), (len(failed["calls"]), True))


def test_while_a_run_goes_on():
    """Readers get on; a re-run's call is told before there is an outcome, and when there never will be."""
    with Workspace() as work, Emulator("--script", "no_image,no_image,no_image,hang") as server:
        manifest = catalogue(work, 1)
        packshot("run", manifest, "--out", work.out, *FLAGS, *server.flags(text=False), env=env(), status=1)
        before = server.stats()["requests"]
        process = start("rerun", "--out", work.out, "--yes", "--timeout", "60", env=env())
        while server.stats()["requests"] == before:
            time.sleep(0.01)
        life, text, kinds = check(work, "A0000")
        equal("told", kinds, {1: ["worked_on", "unrecorded"]})
        under_way = life["pictures"][0]["life"][1]
        equal("under way", (under_way["run_state"], len(under_way["calls"])), ("running", 1))
        equal("its money", life["totals"]["open_usd"], under_way["calls"][0]["reserved_usd"])
        equal("nobody's", life["unattributed"]["calls"], 0)
        assert "no outcome was recorded" in text and "under way" in text, text
        process.kill()
        process.communicate()
        equal("then", explain(work, "A0000")[0]["pictures"][0]["life"][1]["run_state"], "interrupted")
        packshot("run", manifest, "--out", work.out, *FLAGS, *server.flags(text=False), env=env())
        life, _, kinds = check(work, "A0000")
        equal("at last", (kinds, life["pictures"][0]["life"][1]["calls"][0]["state"]), ({1: ["worked_on", "unrecorded", "worked_on"]}, "unknown"))
    with Workspace() as work, Emulator("--latency-ms", "300") as server:
        process = start("run", catalogue(work, 40), "--out", work.out, "--concurrency", "4", "-q", *FLAGS, *server.flags(text=False), env=env())
        told = 0
        while process.poll() is None:
            done = packshot("explain", "A0000", "--json", "--out", work.out, status=None) if os.path.exists(work.out + "/packshot.db") else None
            told += bool(done and done.status == 0 and json.loads(done.stdout)["pictures"])
        equal(process.communicate()[1], process.returncode, 0)
        assert told > 3, told
        check(work, "A0000")


def test_hostile_names():
    """Nothing from outside moves the cursor, and every byte of it comes back as JSON."""
    skus = ["A\u202eB \"'<b>%s\\", "-- x", "\u676f\u5b50/../x", "A" * 64]
    with Workspace() as work:
        work.write("p.jpg", photo(1))
        lines = [{"sku": sku, "title": "\x1b]0;owned\x07\x1b[2J%n\u2066", "images": ["p.jpg", "\u202enone.jpg"], "\x1b[1m": ["\x9b1m", {"\r": 1}],
                  "product_info": {"brand": "\u202eBrand", "category": "C\x7f"}} for sku in skus]
        bad = {"sku": "BAD", "images": ["\x1b[31m.jpg"]}
        packshot("run", work.manifest(lines + [bad]), "--out", work.out, "--image-model", "local-classical", status=1)
        life, text, kinds = check(work, "BAD")
        equal("a bad line", (kinds, life["manifest_line"], life["pictures"][0]["life"][0]["error"]["code"]), ({0: ["worked_on"]}, None, "bad_line"))
        assert "correct the line" in text and "The line itself" in text, text
        for sku, line in zip(skus, lines):
            known = work.sql("SELECT sku FROM made_items WHERE sku = ?", sku)
            assert known, sku
            life, text, _ = check(work, sku)
            equal("sku", life["sku"], sku)
            assert not set("\u202e\u2066\x1b\x07\x9b\x7f\r") & set(text), repr(text)
            if life["manifest_line"]:
                equal("line", life["manifest_line"], line)
        # Whatever else a database may hold.
        db = sqlite3.connect(work.out + "/packshot.db")
        db.execute("UPDATE made_items SET sku = ?, reasons = ?, error_stage = ?, image_model = CAST(x'ff1b' AS TEXT)", ("\x1b[2J", "\x1b,b", "\x1b\n"))
        db.execute("UPDATE lines SET json = '{'")
        db.commit()
        db.close()
        life, text = explain(work, "\x1b[2J")
        check_text(life, text)


def test_unknown_sku():
    with Workspace() as work:
        work.write("p.jpg", photo(1))
        skus = ["MUG-%03d" % i for i in range(40)] + ["Lamp-7", "\u676f\u5b50-1"]
        packshot("run", work.manifest([{"sku": s, "images": ["p.jpg"]} for s in skus]), "--out", work.out, "--image-model", "local-classical", "--no-copy")
        cases = [("MUG-O01", "MUG-001"), ("mug-017", "MUG-017"), ("LAMP-7", "Lamp-7"), ("Lamp7", "Lamp-7"), ("MUG", "MUG-000"), ("\u676f\u5b50", "\u676f\u5b50-1"),
                 ("mug-", "MUG-0"),
                 # A slip at the beginning, where the index is of no help.
                 ("NUG-017", "nearest: MUG-017"), ("amp-7", "nearest: Lamp-7"), ("UMG-038", "nearest: MUG-038"), ("xLamp-7", "nearest: Lamp-7"),
                 ("\u676d\u5b50-1", "nearest: \u676f\u5b50-1")]
        for asked, close in cases:
            for flags in (), ("--json",):
                done = packshot("explain", asked, "--out", work.out, *flags, status=2)
                equal("output", done.stdout, "")
                assert close in done.stderr and done.stderr.count("\n") == 2, (asked, done.stderr)
                assert len(done.stderr.split("nearest: ")[1].split("\n")[0].split(", ")) <= 3, done.stderr
        for asked in "nothing like it", "\x1b[2J", "x" * 5000, "":
            done = packshot("explain", "--out", work.out, asked, status=2)
            assert "\x1b" not in done.stderr and len(done.stderr) < 400, done.stderr
            assert asked == "" or "nearest" not in done.stderr, done.stderr


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
