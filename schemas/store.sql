-- store.sql - packshot.db, version 1: the memory of a workspace.
--
-- Times are microseconds since 1970 UTC; durations microseconds; money int64 nano-dollars (1e-9 USD), never a
-- fraction. The views below show ISO times, milliseconds and dollars:
--   sqlite3 packshot-out/packshot.db 'SELECT * FROM v_failures'
-- packshot reads and writes the tables; columns are added by later versions, never renamed.
-- A later version is a further file of SQL behind this one (pipeline/store_migrate.c); this one then stays as it is.

-- One start of the program on a manifest.
CREATE TABLE runs (
	id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, not even after a run was deleted
	command  TEXT NOT NULL,
	manifest TEXT,
	config   TEXT,              -- JSON: what was asked, without secrets
	version  TEXT NOT NULL,     -- of packshot
	pid      INTEGER NOT NULL,
	started  INTEGER NOT NULL,
	finished INTEGER,
	-- stopped: by a limit; interrupted: by a signal, or found unfinished when the next run began; failed: disk or database
	state    TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'stopped', 'interrupted', 'failed'))
) STRICT;

-- Products as the last run that saw them read them.
CREATE TABLE products (
	sku      TEXT NOT NULL PRIMARY KEY,
	title    TEXT,
	brand    TEXT,
	category TEXT,
	run      INTEGER NOT NULL, -- which saw it last
	json     TEXT              -- the manifest line
) STRICT;

-- What became of each picture of each run. seq counts the pictures of a manifest: 1, 2, ...
CREATE TABLE items (
	run           INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	seq           INTEGER NOT NULL,
	line          INTEGER NOT NULL, -- of the manifest; 0: none
	sku           TEXT,
	position      INTEGER NOT NULL, -- of the picture in its product, from 1
	source        TEXT,
	status        TEXT NOT NULL CHECK (status IN ('succeeded', 'failed', 'rejected', 'review', 'skipped')),
	error         TEXT,             -- code, see `packshot help errors`
	error_stage   TEXT,             -- NULL: before the first stage
	error_message TEXT,
	reasons       TEXT,             -- why it is review or rejected: names, comma-separated
	confidence    REAL,             -- of the cutout, 0..1
	output        TEXT,             -- path within the workspace
	output_bytes  INTEGER,
	calls         INTEGER NOT NULL, -- requests made for it, tries included
	cost_nano     INTEGER NOT NULL,
	took          INTEGER NOT NULL, -- from admission to its end
	recorded      INTEGER NOT NULL,
	image_model   TEXT,
	text_model    TEXT,
	json          TEXT,             -- its line of results.jsonl
	PRIMARY KEY (run, seq)
) STRICT;
CREATE INDEX items_by_sku ON items (sku);

-- Every stage of every item of every run. What a keyed result is (blob, path, facts) stands in the cache under its key.
CREATE TABLE stage_results (
	run       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	seq       INTEGER NOT NULL,
	stage     TEXT NOT NULL,
	origin    TEXT NOT NULL CHECK (origin IN ('made', 'cache', 'failed')),
	started   INTEGER NOT NULL,
	took      INTEGER NOT NULL, -- waiting for its calls included
	cost_nano INTEGER NOT NULL, -- made: what it cost; cache: what making it had cost, so what was saved
	key       BLOB,             -- NULL: not a cacheable result
	blob      BLOB,             -- SHA-256 of the content
	error     TEXT,
	facts     TEXT,             -- JSON, of results without a key
	PRIMARY KEY (run, seq, stage)
) STRICT, WITHOUT ROWID;

-- The ledger: a row for each paid call, written before the call is sent and never deleted.
--   reserved: counted against the budget, not sent yet      sent: on its way
--   settled: answered, settled_nano is what it cost         unknown: the answer was lost; possibly billed
CREATE TABLE calls (
	id               INTEGER PRIMARY KEY AUTOINCREMENT,
	run              INTEGER NOT NULL REFERENCES runs (id),
	seq              INTEGER NOT NULL,
	stage            TEXT NOT NULL,
	kind             TEXT NOT NULL CHECK (kind IN ('image', 'text')), -- what was bought
	endpoint         TEXT NOT NULL,
	model            TEXT NOT NULL,
	state            TEXT NOT NULL CHECK (state IN ('reserved', 'sent', 'settled', 'unknown')),
	reserved_nano    INTEGER NOT NULL,
	settled_nano     INTEGER,
	text_tokens_in   INTEGER,
	image_tokens_in  INTEGER,
	text_tokens_out  INTEGER,
	image_tokens_out INTEGER,
	started          INTEGER,
	ended            INTEGER,
	error            TEXT -- class of the failure; NULL: none
) STRICT;
CREATE INDEX calls_by_item ON calls (run, seq, stage);

-- Results to use again. The content is a file under blobs/, or a file of the user's (path).
CREATE TABLE cache (
	key       BLOB NOT NULL PRIMARY KEY, -- SHA-256 over all that shapes the result
	stage     TEXT NOT NULL,
	blob      BLOB,
	blob_size INTEGER NOT NULL,
	path      TEXT,
	facts     TEXT,
	run       INTEGER NOT NULL, -- in which it was made, or last confirmed by its origin
	created   INTEGER NOT NULL,
	expires   INTEGER,          -- NULL: never
	cost_nano INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cache_by_expiry ON cache (expires) WHERE expires IS NOT NULL;
-- What a hit has saved is asked for at every hit; where nothing is paid for, this is empty and costs nothing.
CREATE INDEX cache_paid ON cache (key, cost_nano) WHERE cost_nano > 0;

-- Each picture of each run, readable.
CREATE VIEW v_items AS
SELECT i.run, i.seq, i.line, i.sku, i.position, p.title, p.category, i.status, i.error, i.error_stage, i.error_message, i.reasons,
       i.confidence, i.output, i.output_bytes, i.image_model, i.text_model, i.calls, i.cost_nano / 1e9 AS cost_usd,
       i.took / 1000.0 AS took_ms, strftime('%Y-%m-%dT%H:%M:%fZ', i.recorded / 1e6, 'unixepoch') AS recorded, i.source
FROM items i LEFT JOIN products p ON p.sku = i.sku;

-- What each run paid, or may have paid, to which model.
CREATE VIEW v_costs AS
SELECT c.run, strftime('%Y-%m-%dT%H:%M:%fZ', r.started / 1e6, 'unixepoch') AS started, c.model, c.kind, count(*) AS calls,
       coalesce(sum(c.settled_nano) FILTER (WHERE c.state = 'settled'), 0) / 1e9 AS settled_usd,
       coalesce(sum(c.reserved_nano) FILTER (WHERE c.state = 'unknown'), 0) / 1e9 AS unknown_usd,
       coalesce(sum(c.reserved_nano) FILTER (WHERE c.state IN ('reserved', 'sent')), 0) / 1e9 AS open_usd
FROM calls c JOIN runs r ON r.id = c.run
GROUP BY c.run, c.model, c.kind;

-- Each picture that did not simply succeed, and why.
CREATE VIEW v_failures AS
SELECT run, line, sku, position, status, error, error_stage, coalesce(error_message, reasons) AS why, source,
       strftime('%Y-%m-%dT%H:%M:%fZ', recorded / 1e6, 'unixepoch') AS recorded
FROM items
WHERE status <> 'succeeded';
