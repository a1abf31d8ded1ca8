"""A catalogue that is run again: what is as it was costs a row, and whatever has changed is noticed."""
import json
import os
import resource
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import Origin, SAMPLE, Workspace, equal, main, packshot  # noqa: E402

ITEMS = int(os.environ.get("UNCHANGED", "400"))
SMALL = ("--size", "200x200", "--image-model", "local-classical")
PHOTO = os.path.join(SAMPLE, "photos", "mug-1.jpg")


def catalogue(work, count, source):
    products = [{"sku": "A%05d" % (i * 7919 % count), "title": "Mug %d" % i, "images": [source(i)],
                 "product_info": {"category": "Kitchen", "brand": "Norrland", "price": 12.5, "attributes": {"material": "steel"}}} for i in range(count)]
    return products, work.manifest(products)


def photos(work, count):
    """Files of their own, of one picture."""
    os.mkdir(work.path("photos"))
    for i in range(count):
        shutil.copy(PHOTO, work.path("photos/%d.jpg" % i))
    return lambda i: "photos/%d.jpg" % i


def tables(work):
    """Everything that a run of an unchanged catalogue has no business with."""
    return [work.sql("SELECT * FROM " + t) for t in ("made_items", "made_stages", "cache", "last_made", "lines", "products", "calls")]


def worked(work, run):
    return {sku for (sku,) in work.sql("SELECT sku FROM items WHERE run = ? AND NOT unchanged", run)}


def run(work, manifest, *flags, status=0):
    done = packshot("run", manifest, "--out", work.out, *SMALL, *flags, status=status)
    return work.sql("SELECT max(id) FROM runs")[0][0], done


def test_nothing_is_written_but_the_runs_own_rows():
    with Workspace() as work:
        _, manifest = catalogue(work, ITEMS, photos(work, ITEMS))
        run(work, manifest)
        first, before = work.results(), tables(work)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        number, done = run(work, manifest, "--json")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        print("| %d unchanged files: %.2f CPU-s, %.1f CPU-us each, start included" % (ITEMS, cpu, cpu * 1e6 / ITEMS))
        equal("other tables", tables(work) == before, True)
        equal("rows", work.sql("SELECT count(*), sum(unchanged), sum(cost_nano), sum(calls) FROM items WHERE run = ?", number), [(ITEMS, ITEMS, 0, 0)])
        again = work.results()
        equal("lines", [{k: r[k] for k in ("sku", "position", "line", "output", "copy", "status", "checks")} for r in again],
              [{k: r[k] for k in ("sku", "position", "line", "output", "copy", "status", "checks")} for r in first])
        equal("costs nothing", {(r["attempts"], r["cost_usd"], len(r["cached"]), sum(r["stages_ms"].values())) for r in again}, {(0, 0, 7, 0)})
        report = json.loads(done.stdout)
        equal("report", (report["items"]["succeeded"] + report["items"]["review"], report["cache"]["hits"], report["cache"]["misses"]), (ITEMS, 7 * ITEMS, 0))
        # Once more: its results are there already. They are written where they are not, or have been written to.
        path = os.path.join(work.out, "results.jsonl")
        left, content = os.stat(path), open(path, "rb").read()
        run(work, manifest)
        equal("left as they are", os.stat(path), left)
        os.remove(path)
        run(work, manifest)
        equal("written again", open(path, "rb").read(), content)
        with open(path, "ab") as f:
            f.write(b"x")
        run(work, manifest)
        equal("and again", open(path, "rb").read(), content)
        # Another time, in another order and with a line in front: the same pictures on other lines.
        lines = open(manifest, encoding="utf-8").read().splitlines(True)
        work.write("catalog.jsonl", "\n" + "".join(reversed(lines)))
        number, _ = run(work, manifest)
        equal("in another order", work.sql("SELECT sum(unchanged) FROM items WHERE run = ?", number), [(ITEMS,)])
        equal("their lines", [(r["sku"], r["line"]) for r in work.results()], [(r["sku"], i + 2) for i, r in enumerate(reversed(first))])


def test_what_has_changed_is_worked_on():
    with Workspace() as work:
        products, manifest = catalogue(work, 8, photos(work, 8))
        run(work, manifest)
        picture = {r["sku"]: os.path.join(work.out, r["output"]["path"]) for r in work.results()}
        equal("nothing", worked(work, run(work, manifest)[0]), set())
        equal("asked for anew", len(worked(work, run(work, manifest, "--force")[0])), 8)
        equal("without a cache", len(worked(work, run(work, manifest, "--no-cache")[0])), 8)
        equal("which keeps nothing to stand on", len(worked(work, run(work, manifest)[0])), 8)
        equal("and nothing again", worked(work, run(work, manifest)[0]), set())
        # A picture is gone, another was written to, a photo is another one, a line says something else.
        os.remove(picture["A00000"])
        with open(picture[products[1]["sku"]], "ab") as f:
            f.write(b"x")
        os.remove(work.path("photos/2.jpg"))
        shutil.copy(os.path.join(SAMPLE, "photos", "mug-2.jpg"), work.path("photos/2.jpg"))
        products[3]["title"] = "Enamel mug"
        work.manifest(products)
        changed = {products[i]["sku"] for i in range(4)}
        equal("those", worked(work, run(work, manifest)[0]), changed)
        equal("delivered", [os.path.exists(p) for p in picture.values()], [True] * 8)
        equal("the new title", work.sql("SELECT title FROM products WHERE sku = ?", products[3]["sku"]), [("Enamel mug",)])
        equal("then none", worked(work, run(work, manifest)[0]), set())
        # A photo of the same size, its time set back as copying tools do.
        with open(work.path("photos/4.jpg"), "ab") as f:
            f.write(b"one")  # behind the picture's end
        run(work, manifest)
        stamp = os.stat(work.path("photos/4.jpg"))
        with open(work.path("photos/4.jpg"), "r+b") as f:
            f.seek(-3, os.SEEK_END)
            f.write(b"two")
        os.utime(work.path("photos/4.jpg"), ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        equal("its time is set back", worked(work, run(work, manifest)[0]), {products[4]["sku"]})
        equal("and then it stands", worked(work, run(work, manifest)[0]), set())
        # Other settings: all; back again: the cache has them, and their pictures are written once more.
        equal("another fill", len(worked(work, run(work, manifest, "--fill", "0.7")[0])), 8)
        number, _ = run(work, manifest)
        equal("back again", len(worked(work, number)), 8)
        equal("from the cache", work.sql("SELECT stage, origin, count(*) FROM stage_results WHERE run = ? AND stage != 'publish' AND origin != 'cache' GROUP BY 1, 2", number), [])
        # What does not shape a picture changes nothing.
        equal("more workers", worked(work, run(work, manifest, "--workers", "1", "--timeout", "7")[0]), set())
        # A re-run works on what it is told to, and the next run stands on that.
        before = work.results()
        with sqlite3.connect(os.path.join(work.out, "packshot.db")) as db:
            db.execute("UPDATE unchanged SET json_line = NULL WHERE seq > 4")  # as earlier versions left them
        packshot("rerun", "--out", work.out, "--yes", "--sku", "A00000", "--force")
        again = work.results()
        equal("results of a re-run", [r for r in again if r["sku"] != "A00000"], [r for r in before if r["sku"] != "A00000"])
        equal("among them its own", [r["sku"] for r in again], [r["sku"] for r in before])
        equal("after a re-run", worked(work, run(work, manifest)[0]), set())
        # A line that is bad now is failed, the others stand.
        work.write("catalog.jsonl", open(manifest, encoding="utf-8").read() + "{broken\n")
        number, _ = run(work, manifest, status=1)
        equal("a bad line", work.sql("SELECT unchanged, count(*) FROM items WHERE run = ? GROUP BY 1", number), [(0, 1), (1, 8)])


def test_lines_go_by_their_text():
    """Each is recognised as it is written, wherever it stands; what is read is told by its pictures."""
    with Workspace() as work:
        source = photos(work, 5)
        pictures = [[source(0)], [source(1), source(2)], [source(3)], [os.path.abspath(work.path(source(4)))]]
        products = [{"sku": "P%d" % i, "title": "Mug %d" % i, "images": images} for i, images in enumerate(pictures)]
        manifest = work.manifest(products)
        run(work, manifest)
        equal("none", worked(work, run(work, manifest)[0]), set())
        lines = open(manifest, encoding="utf-8").read().splitlines(True)
        work.write("catalog.jsonl", lines[0] + lines[1].replace(", ", " ,  ") + lines[2] + "\n" + lines[3].rstrip("\n"))
        equal("written in another way", worked(work, run(work, manifest)[0]), {"P1"})
        equal("and then so", worked(work, run(work, manifest)[0]), set())
        # One of a line's two pictures is gone: only that one.
        os.remove(os.path.join(work.out, work.sql("SELECT output FROM items WHERE sku = 'P1' AND position = 2")[0][0]))
        number, _ = run(work, manifest)
        equal("one of two", work.sql("SELECT sku, position FROM items WHERE run = ? AND NOT unchanged", number), [("P1", 2)])
        equal("whose rows lie apart now", worked(work, run(work, manifest)[0]), set())
        # The manifest and its photos move: relative pictures are others now.
        os.mkdir(work.path("moved"))
        shutil.copytree(work.path("photos"), work.path("moved/photos"))
        shutil.copy(manifest, work.path("moved/catalog.jsonl"))
        equal("in another folder", worked(work, run(work, work.path("moved/catalog.jsonl"))[0]), {"P0", "P1", "P2"})
        equal("and then there", worked(work, run(work, work.path("moved/catalog.jsonl"))[0]), set())
        # A re-run of an older catalogue, whose lines have been read anew since: what it makes is not taken for theirs.
        first = work.sql("SELECT max(id) FROM runs")[0][0]
        run(work, manifest)
        packshot("rerun", "--out", work.out, "--yes", "--sku", "P0", "--force", "--run", str(first))
        equal("of another folder", worked(work, run(work, manifest)[0]), {"P0"})
        # By way of a link, as of one that moves every day: a re-run stands on the same names.
        os.symlink(work.dir, work.path("today"))
        linked = work.path("today/catalog.jsonl")
        run(work, linked)
        packshot("rerun", "--out", work.out, "--yes", "--sku", "P0", "--force")
        equal("through a link", worked(work, run(work, linked)[0]), set())
        # The same SKU twice: the second one is a failure, however it is written.
        work.write("catalog.jsonl", lines[3] * 2)
        number, _ = run(work, manifest, status=1)
        equal("twice", work.sql("SELECT sku, unchanged, error FROM items WHERE run = ? ORDER BY seq", number), [("P3", 1, None), ("P3", 0, "duplicate_sku")])
    with Workspace() as work:
        source = photos(work, 2)
        manifest = work.manifest([{"sku": "P", "title": "Mug", "images": [source(0)]}])
        first, _ = run(work, manifest)
        work.manifest([{"sku": "P", "title": "Mug", "images": [source(1)]}])
        run(work, manifest)
        packshot("rerun", "--out", work.out, "--yes", "--sku", "P", "--force", "--run", str(first))
        number, _ = run(work, manifest)
        equal("of another photo", work.sql("SELECT source FROM items WHERE run = ? AND NOT unchanged", number), [(work.path(source(1)),)])
        equal("and then its own", worked(work, run(work, manifest)[0]), set())


def test_servers_are_asked():
    with Workspace() as work:
        os.mkdir(work.path("site"))
        for i in range(6):
            shutil.copy(PHOTO, work.path("site/%d.jpg" % i))
        with Origin(work.path("site")) as origin:
            # The last two products share a photo.
            _, manifest = catalogue(work, 7, lambda i: "%s/%d.jpg" % (origin.url, min(i, 5)))
            private = ("--allow-private-hosts",)
            run(work, manifest, *private)
            before, asked = tables(work), origin.stats()
            number, _ = run(work, manifest, *private)
            now = origin.stats()
            equal("each photo is asked for once", now["not_modified"] - asked["not_modified"], 6)
            equal("no other table", tables(work), before)
            equal("rows", work.sql("SELECT count(*), sum(unchanged), sum(calls) FROM items WHERE run = ?", number), [(7, 7, 6)])
            equal("requests", sorted(r["attempts"] for r in work.results()), [0] + [1] * 6)
            time.sleep(1.1)  # the server's dates are whole seconds
            shutil.copy(os.path.join(SAMPLE, "photos", "mug-2.jpg"), work.path("site/3.jpg"))
            os.utime(work.path("site/3.jpg"))
            asked = origin.stats()
            number = run(work, manifest, *private)[0]
            equal("another photo", len(worked(work, number)), 1)
            now = origin.stats()
            equal("is sent with the answer to the only question", (now["requests"] - asked["requests"], now["not_modified"] - asked["not_modified"]),
                  (6 + 1, 5))  # and for the statistics
            equal("its requests", work.sql("SELECT calls FROM items WHERE run = ? AND NOT unchanged", number), [(1,)])
            os.remove(os.path.join(work.out, work.results()[0]["output"]["path"]))
            equal("a picture is gone", len(worked(work, run(work, manifest, *private)[0])), 1)


def test_one_photo_of_several_products():
    """What was made of an older photo does not stand because another product has met with the newer one; and nobody fetches that twice."""
    with Workspace() as work:
        os.mkdir(work.path("site"))

        def put(name, when):
            shutil.copy(os.path.join(SAMPLE, "photos", name), work.path("site/0.jpg"))
            os.utime(work.path("site/0.jpg"), (when, when))

        with Origin(work.path("site")) as origin:
            def manifest(*skus):
                return work.manifest([{"sku": sku, "title": sku, "images": [origin.url + "/0.jpg"]} for sku in skus])

            def look(*skus):
                asked = origin.stats()["requests"] + 1  # the last one is for this figure
                number, _ = run(work, manifest(*skus), "--allow-private-hosts")
                photos = work.sql("SELECT hex(blob) FROM stage_results WHERE run = ? AND stage = 'fetch'", number)
                return worked(work, number), len(set(photos)), origin.stats()["requests"] - asked

            put("mug-1.jpg", 1700000000)
            equal("first", look("B", "A"), ({"A", "B"}, 1, 1))
            put("mug-2.jpg", 1700000100)
            equal("B alone meets with the newer photo", look("B"), ({"B"}, 1, 1))
            equal("A too, though B's answer was that nothing has changed", look("B", "A"), ({"A"}, 1, 1))
            put("mug-1.jpg", 1700000000)
            look("B")
            put("mug-2.jpg", 1700000100)
            equal("the other way round, with one that nobody knows", look("A", "C"), ({"C"}, 1, 2))
            skus = ["S%d" % i for i in range(8)]
            look(*skus)
            put("mug-1.jpg", 1700000200)
            equal("a new photo for all", look(*skus), (set(skus), 1, 1))


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
