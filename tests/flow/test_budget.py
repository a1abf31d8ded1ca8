"""A budget cannot be passed: not by calls in flight, not by a stop, not by a kill; and what it allows is used."""
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import Workspace, equal, main, packshot, start  # noqa: E402
from test_api import bill_matches, catalogue  # noqa: E402

BUDGETS = int(os.environ.get("BUDGETS", "12"))
FAULTS = ["--fault", "lost=3", "--fault", "cut=3", "--fault", "no_image=4", "--fault", "off_white=4", "--fault", "rate=4", "--fault", "internal=3"]


def billed(server):
    return sum(b["nano"] for b in server.bill())


def test_random_budgets():
    rng = random.Random(20261125)
    worst = 0.0
    with Workspace() as work:
        manifest = catalogue(work, 60, distinct=4)
        for i in range(BUDGETS):
            with Emulator("--seed", str(i), "--latency-ms", "30", *FAULTS) as server:
                budget = round(rng.uniform(0.02, 3.0), 4)
                work.out = work.path("out-%d" % i)
                done = packshot("run", manifest, "--out", work.out, "--concurrency", "64", "--budget", budget, *server.flags(), env=env(),
                                status=None)
                spent = billed(server) / 1e9
                assert spent <= budget, (budget, spent)
                assert done.status in (0, 1, 4), done.stderr
                if done.status == 4:
                    assert "budget of" in done.stderr, done.stderr
                    used = work.sql("SELECT sum(CASE state WHEN 'settled' THEN settled_nano ELSE reserved_nano END) FROM calls")[0][0] or 0
                    assert used / 1e9 <= budget, (used, budget)
                    assert budget - used / 1e9 < 0.04, ("stopped too early", budget, used)  # less than a call's reservation is left
                    equal("the rest", {r[0] for r in work.sql("SELECT DISTINCT status FROM items")} & {"failed"}, set())
                bill_matches(work, server)
                worst = max(worst, spent / budget)
    print("| %d budgets, 64 in flight: at most %.1f %% of one was billed" % (BUDGETS, 100 * worst))


def test_a_larger_one_goes_on():
    with Workspace() as work, Emulator("--latency-ms", "20") as server:
        manifest = catalogue(work, 40, distinct=4)
        flags = ["run", manifest, "--out", work.out, *server.flags(text=False)]
        packshot(*flags, "--budget", "0.5", env=env(), status=4)
        first = billed(server)
        assert 0.4e9 < first <= 0.5e9, first
        equal("state", work.sql("SELECT state FROM runs"), [("stopped",)])
        packshot(*flags, "--budget", "0.5", env=env(), status=4)  # the unfinished run's spending counts
        equal("no more", billed(server), first)
        packshot(*flags, "--budget", "1.0", env=env(), status=4)
        assert first < billed(server) <= 1.0e9, billed(server)
        packshot(*flags, env=env())
        equal("each once", len(server.bill()), 40)
        equal("all", work.sql("SELECT status, count(*) FROM items WHERE run = 4 GROUP BY status"), [("succeeded", 40)])
        packshot(*flags, "--budget", "0.1", "--force", env=env(), status=4)  # a new night has a budget of its own
        assert 40 < len(server.bill()) <= 42, len(server.bill())


def test_what_comes_in_between_does_not_help():
    """Neither another catalogue's run nor a re-run that finishes gives an unfinished run its budget anew."""
    with Workspace() as work, Emulator("--latency-ms", "20") as server:
        catalogue(work, 40, distinct=4)
        with open(work.path("catalog.jsonl"), encoding="utf-8") as f:
            lines = f.readlines()
        big, one = work.write("big.jsonl", "".join(lines[:39])), work.write("one.jsonl", lines[39])
        flags = ["--out", work.out, *server.flags(text=False)]
        packshot("run", big, *flags, "--budget", "0.5", env=env(), status=4)
        packshot("run", one, *flags, env=env())
        packshot("run", big, *flags, "--budget", "0.5", env=env(), status=4)
        assert billed(server) <= 0.5e9 + 0.04e9, billed(server)
        packshot("rerun", "--out", work.out, "--yes", "--sku", "A0000", env=env())  # from the cache
        packshot("run", big, *flags, "--budget", "0.5", env=env(), status=4)
        assert billed(server) <= 0.5e9 + 0.04e9, billed(server)


def test_each_night_has_its_own():
    """A timer gives the same command every night: what one night may spend it spends, and the next one goes on."""
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 20)
        flags = ["nightly", manifest, "--out", work.out, "--pause", "0", "--budget", "0.3", *server.flags(text=False)]
        bought = [0]
        for status in (4, 4, 0):
            packshot(*flags, env=env(), status=status)
            bought.append(len(server.bill()))
        assert bought[1] >= 7 and bought[2] - bought[1] >= 7 and bought[3] == 20, bought
        assert billed(server) <= 3 * 0.3e9, billed(server)


def test_kills_do_not_help():
    rng = random.Random(7)
    with Workspace() as work, Emulator("--latency-ms", "60") as server:
        manifest = catalogue(work, 60, distinct=4)
        for _ in range(8):
            process = start("run", manifest, "--out", work.out, "--budget", "0.8", *server.flags(text=False), env=env())
            time.sleep(rng.uniform(0.05, 0.4))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        packshot("run", manifest, "--out", work.out, "--budget", "0.8", *server.flags(text=False), env=env(), status=4)
        assert billed(server) <= 0.8e9, billed(server)
        bill_matches_killed(work, server)


def bill_matches_killed(work, server):
    """As bill_matches(), where answers were lost by kills: reserved before the packet, so no bill is without a row."""
    bill = {b["id"] for b in server.bill()}
    settled = {r[0] for r in work.sql("SELECT answer_id FROM calls WHERE state = 'settled' AND answer_id IS NOT NULL")}
    unknown = work.sql("SELECT count(*) FROM calls WHERE state = 'unknown'")[0][0]
    assert settled <= bill, settled - bill
    assert len(bill) <= len(settled) + unknown, (len(bill), len(settled), unknown)


def test_unknown_prices():
    with Workspace() as work, Emulator() as server:
        done = packshot("run", catalogue(work, 1), "--out", work.out, "--endpoint", server.url, "--image-model", "vendor/any", "--budget", "1", env=env(),
                        status=2)
        assert "is not known" in done.stderr, done.stderr
        equal("asked", server.stats().get("requests", 0), 0)


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
