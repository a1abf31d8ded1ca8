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

-- How each picture was made last, and what it was made from. While all of that is as it was, the picture stands.
CREATE TABLE last_made (
	sku          TEXT NOT NULL,
	position     INTEGER NOT NULL,
	signature    BLOB NOT NULL,    -- SHA-256 over the program, its settings, the product's line and the source's name
	source       BLOB NOT NULL,    -- SHA-256 of the photo
	source_size  INTEGER,          -- of a photo on disk, like the next two; NULL: its server has to be asked
	source_mtime INTEGER,          -- nanoseconds since 1970
	source_inode INTEGER,
	output       TEXT NOT NULL,    -- path within the workspace
	output_size  INTEGER NOT NULL,
	output_mtime INTEGER NOT NULL,
	output_inode INTEGER NOT NULL,
	run          INTEGER NOT NULL, -- which made it
	seq          INTEGER NOT NULL,
	status       TEXT NOT NULL,
	reasons      TEXT,
	stages       INTEGER NOT NULL, -- results that stand with it: cache hits of a run that finds it unchanged
	PRIMARY KEY (sku, position)
) STRICT, WITHOUT ROWID;

-- Pictures that a run found as they were made.
CREATE TABLE unchanged (
	run      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	seq      INTEGER NOT NULL,
	line     INTEGER NOT NULL,
	requests INTEGER NOT NULL, -- to the photo's server, which was asked whether it has another one
	took     INTEGER NOT NULL,
	recorded INTEGER NOT NULL,
	made_run INTEGER NOT NULL, -- the row of made_items that stands
	made_seq INTEGER NOT NULL,
	PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- What became of each picture of each run. json of an unchanged one: the line of the run that made it.
CREATE VIEW items AS
SELECT run, seq, line, sku, position, source, status, error, error_stage, error_message, reasons, confidence, output,
       output_bytes, calls, cost_nano, took, recorded, image_model, text_model,
       coalesce(json, (SELECT l.json FROM lines l WHERE l.id = json_line)) AS json, 0 AS unchanged
FROM made_items
UNION ALL
SELECT u.run, u.seq, u.line, m.sku, m.position, m.source, m.status, m.error, m.error_stage, m.error_message, m.reasons, m.confidence,
       m.output, m.output_bytes, u.requests, 0, u.took, u.recorded, m.image_model, m.text_model,
       coalesce(m.json, (SELECT l.json FROM lines l WHERE l.id = m.json_line)), 1
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
SELECT i.run, i.seq, i.line, i.sku, i.position, p.title, p.category, i.status, i.error, i.error_stage, i.error_message, i.reasons,
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
