-- store-4.sql - packshot.db, version 4: a picture of which nothing has changed costs one short row a run.
--
-- made_items and made_stages hold what was worked on; `unchanged` holds, for each run, the pictures that were recognised as
-- finished already. items and stage_results, which were tables, are views now and show both.

DROP VIEW v_items;
DROP VIEW v_costs;
DROP VIEW v_failures;
ALTER TABLE items RENAME TO made_items;
ALTER TABLE stage_results RENAME TO made_stages;

-- The lines of results.jsonl, apart, so that whoever counts items need not read them. Those of earlier versions are in
-- made_items.json.
CREATE TABLE lines (
	id   INTEGER PRIMARY KEY,
	json TEXT NOT NULL
) STRICT;
ALTER TABLE made_items ADD COLUMN json_line INTEGER; -- lines.id

-- What items have in common by which reports count them.
CREATE TABLE groups (
	id          INTEGER PRIMARY KEY,
	status      TEXT NOT NULL,
	error       TEXT,
	error_stage TEXT,
	reasons     TEXT,
	category    TEXT, -- of the product, as the run's manifest had it
	image_model TEXT,
	text_model  TEXT,
	stages      TEXT  -- whose results can be found again, comma-separated: cache hits of a run that finds it unchanged
) STRICT;
CREATE INDEX groups_by_value ON groups (status, category, error, error_stage, reasons, image_model, text_model, stages);
ALTER TABLE made_items ADD COLUMN grp INTEGER; -- groups.id
INSERT INTO groups (status, error, error_stage, reasons, category, image_model, text_model)
SELECT DISTINCT m.status, m.error, m.error_stage, m.reasons, p.category, m.image_model, m.text_model
FROM made_items m LEFT JOIN products p ON p.sku = m.sku;
UPDATE made_items SET grp = (
	SELECT g.id FROM groups g
	WHERE g.status = made_items.status AND g.category IS (SELECT p.category FROM products p WHERE p.sku = made_items.sku)
	AND g.error IS made_items.error AND g.error_stage IS made_items.error_stage AND g.reasons IS made_items.reasons
	AND g.image_model IS made_items.image_model AND g.text_model IS made_items.text_model);
CREATE INDEX made_items_with_error ON made_items (run, error, error_stage, seq) WHERE error IS NOT NULL;
-- The least sure of a run's items, which a report shows as pictures.
CREATE INDEX made_items_by_status ON made_items (run, status, confidence, seq);

-- How each picture was made last, and what it was made from. While all of that is as it was, the picture stands.
CREATE TABLE last_made (
	sku          TEXT NOT NULL,
	position     INTEGER NOT NULL,
	signature    BLOB NOT NULL,    -- SHA-256 over the program, its settings, the product's line and the source's name
	source       BLOB NOT NULL,    -- SHA-256 of the photo
	source_size  INTEGER,          -- of a photo on disk, like the next three; NULL: its server has to be asked
	source_mtime INTEGER,          -- nanoseconds since 1970
	source_ctime INTEGER,
	source_inode INTEGER,
	output       TEXT NOT NULL,    -- path within the workspace
	output_size  INTEGER NOT NULL,
	output_mtime INTEGER NOT NULL,
	output_inode INTEGER NOT NULL,
	run          INTEGER NOT NULL, -- which made it
	seq          INTEGER NOT NULL,
	status       TEXT NOT NULL,
	reasons      TEXT,
	stages       INTEGER NOT NULL, -- results that can be found again
	worth_nano   INTEGER NOT NULL, -- what making them had cost, so what is saved by finding them
	grp          INTEGER NOT NULL, -- groups.id
	PRIMARY KEY (sku, position)
) STRICT, WITHOUT ROWID;

-- Pictures that a run found as they were made.
CREATE TABLE unchanged (
	run        INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	seq        INTEGER NOT NULL,
	line       INTEGER NOT NULL,
	requests   INTEGER NOT NULL, -- to the photo's server, which was asked whether it has another one
	took       INTEGER NOT NULL,
	recorded   INTEGER NOT NULL,
	made_run   INTEGER NOT NULL, -- the row of made_items that stands
	made_seq   INTEGER NOT NULL,
	worth_nano INTEGER NOT NULL, -- saved
	grp        INTEGER NOT NULL, -- groups.id
	PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- Sums over the rows of runs that have ended, from which reports are made: a million items need not be counted again for each. They
-- outlive those rows.
ALTER TABLE runs ADD COLUMN summed INTEGER NOT NULL DEFAULT 0; -- 1: the run's sums are in the next tables
ALTER TABLE runs ADD COLUMN tidied INTEGER NOT NULL DEFAULT 0; -- 1: items of it that nothing rests on are gone

CREATE TABLE run_groups (
	run        INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	grp        INTEGER NOT NULL,
	unchanged  INTEGER NOT NULL, -- 0, 1
	items      INTEGER NOT NULL,
	replaced   INTEGER NOT NULL, -- by a re-run: how many such items stood before, in whose place its own are now
	requests   INTEGER NOT NULL,
	cost_nano  INTEGER NOT NULL,
	saved_nano INTEGER NOT NULL, -- of unchanged ones
	PRIMARY KEY (run, grp, unchanged)
) STRICT, WITHOUT ROWID;

-- Of made_stages; what an unchanged item has saved is in run_groups.
CREATE TABLE run_stages (
	run       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	stage     TEXT NOT NULL,
	origin    TEXT NOT NULL,
	results   INTEGER NOT NULL,
	keyed     INTEGER NOT NULL, -- of them, those that have a key
	cost_nano INTEGER NOT NULL,
	first     INTEGER NOT NULL, -- when the first one began
	PRIMARY KEY (run, stage, origin)
) STRICT, WITHOUT ROWID;

-- How long things took: how many fell into each bucket. Buckets are a sixty-fourth of an octave wide (pipeline/histogram.h).
CREATE TABLE run_latency (
	run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	what   TEXT NOT NULL, -- item; stage: made or failed; call: to a model
	name   TEXT NOT NULL, -- of the stage or the model
	bucket INTEGER NOT NULL,
	n      INTEGER NOT NULL,
	PRIMARY KEY (run, what, name, bucket)
) STRICT, WITHOUT ROWID;

-- Items recorded, by the minute since 1970.
CREATE TABLE run_minutes (
	run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	minute INTEGER NOT NULL,
	items  INTEGER NOT NULL,
	PRIMARY KEY (run, minute)
) STRICT, WITHOUT ROWID;

-- Of the ledger.
CREATE TABLE run_calls (
	run           INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	stage         TEXT NOT NULL,
	kind          TEXT NOT NULL,
	model         TEXT NOT NULL,
	endpoint      TEXT NOT NULL,
	state         TEXT NOT NULL,
	error         TEXT NOT NULL,    -- '': none
	calls         INTEGER NOT NULL,
	retried       INTEGER NOT NULL, -- of them, those that were not the first for their item and stage
	tries         INTEGER NOT NULL,
	reserved_nano INTEGER NOT NULL,
	settled_nano  INTEGER NOT NULL,
	tokens_in     INTEGER NOT NULL,
	tokens_out    INTEGER NOT NULL,
	PRIMARY KEY (run, stage, kind, model, endpoint, state, error)
) STRICT, WITHOUT ROWID;

-- What became of each picture of each run. json of an unchanged one: the line of the run that made it.
CREATE VIEW items AS
SELECT run, seq, line, sku, position, source, status, error, error_stage, error_message, reasons, confidence, output,
       output_bytes, calls, cost_nano, took, recorded, image_model, text_model,
       coalesce(json, (SELECT l.json FROM lines l WHERE l.id = json_line)) AS json,
       (SELECT g.category FROM groups g WHERE g.id = grp) AS category, 0 AS unchanged
FROM made_items
UNION ALL
SELECT u.run, u.seq, u.line, m.sku, m.position, m.source, m.status, m.error, m.error_stage, m.error_message, m.reasons, m.confidence,
       m.output, m.output_bytes, u.requests, 0, u.took, u.recorded, m.image_model, m.text_model,
       coalesce(m.json, (SELECT l.json FROM lines l WHERE l.id = m.json_line)),
       (SELECT g.category FROM groups g WHERE g.id = m.grp), 1
FROM unchanged u JOIN made_items m ON m.run = u.made_run AND m.seq = u.made_seq;

-- Every stage of every item of every run.
CREATE VIEW stage_results AS
SELECT run, seq, stage, origin, started, took, cost_nano, key, blob, error, facts FROM made_stages
UNION ALL
SELECT u.run, u.seq, s.stage, 'cache', u.recorded - u.took, 0, s.cost_nano, s.key, s.blob, NULL, s.facts
FROM unchanged u JOIN made_stages s ON s.run = u.made_run AND s.seq = u.made_seq
WHERE s.key IS NOT NULL;

-- Each picture of each run, readable.
CREATE VIEW v_items AS
SELECT i.run, i.seq, i.line, i.sku, i.position, p.title, i.category, i.status, i.error, i.error_stage, i.error_message, i.reasons,
       i.confidence, i.output, i.output_bytes, i.image_model, i.text_model, i.calls, i.cost_nano / 1e9 AS cost_usd,
       i.took / 1000.0 AS took_ms, strftime('%Y-%m-%dT%H:%M:%fZ', i.recorded / 1e6, 'unixepoch') AS recorded, i.source, i.unchanged
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
