"""A disk that refuses at any one write, sync, rename or creation of a paid run, or from then on: a clear end, and the same command finishes; what
was settled is not paid again, no picture is half written, and every call that was billed has its row."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import BUILD, PACKSHOT, ROOT, Workspace, equal, main, packshot  # noqa: E402
from test_api import catalogue  # noqa: E402
from test_kill_paid import outputs, settle, whole  # noqa: E402

SHIM = os.path.join(ROOT, BUILD, "tests/refusal.so")
ITEMS = 4
STEPS = int(os.environ.get("REFUSALS", "10"))  # of each kind, spread over the run; 0: every one


def refusing(work, server, **how):
    extra = {k: str(v) for k, v in how.items()}
    return subprocess.run([PACKSHOT, "run", work.path("catalog.jsonl"), "--out", work.out, "--workers", "1", *server.flags()], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120,
                          env={**os.environ, **env(), "LD_PRELOAD": SHIM, "REFUSE_BELOW": work.dir, **extra})


def steps_of_a_run():
    with Workspace() as work, Emulator() as server:
        catalogue(work, ITEMS)
        done = refusing(work, server, REFUSE_COUNT=work.path("../count-%d" % os.getpid()))
        equal("a run that is only counted, " + done.stderr, done.returncode, 0)
        with open(work.path("../count-%d" % os.getpid()), encoding="utf-8") as f:
            steps = int(f.read())
        os.unlink(work.path("../count-%d" % os.getpid()))
        return steps, outputs(work)


def check(how, at, wanted):
    with Workspace() as work, Emulator() as server:
        catalogue(work, ITEMS)
        done = refusing(work, server, **{how: at})
        assert done.returncode in (0, 1, 3), (how, at, done.returncode, done.stderr)
        if done.returncode == 3:
            assert "packshot: " in done.stderr and work.dir in done.stderr, (how, at, done.stderr)
        whole(work)
        packshot("run", work.path("catalog.jsonl"), "--out", work.out, *server.flags(), env=env())
        equal("%s=%d, then the same command" % (how, at), outputs(work), wanted)
        settle(work, server, 1)
        return done.returncode


def test_every_step():
    total, wanted = steps_of_a_run()
    ends = {}
    for how in "REFUSE_AT", "REFUSE_FROM":
        stride = max(1, total // STEPS) if STEPS else 1
        for at in range(1, total + 1, stride):
            status = check(how, at, wanted)
            ends[status] = ends.get(status, 0) + 1
    print("| %d disk calls in a run of %d pictures; refused at %d of them, once and from then on: exit statuses %s" %
          (total, ITEMS, sum(ends.values()), ends))


if __name__ == "__main__":
    main([test_every_step])
