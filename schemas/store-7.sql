-- store-7.sql - packshot.db, version 7: a line of the manifest that is written as it was is recognised without being taken apart. The rows
-- of last_made lie in the order in which their pictures were made, so that whoever reads the same catalogue again walks along them.

ALTER TABLE products ADD COLUMN text BLOB;          -- SHA-256 of the line as it was written; NULL: read by an earlier version

ALTER TABLE runs ADD COLUMN folder TEXT;           -- what its manifest's relative pictures are relative to; NULL: not known
ALTER TABLE runs ADD COLUMN results_size INTEGER;  -- of results.jsonl as this run left it, like the next two; NULL: it left none
ALTER TABLE runs ADD COLUMN results_mtime INTEGER; -- nanoseconds since 1970
ALTER TABLE runs ADD COLUMN results_inode INTEGER;
ALTER TABLE unchanged ADD COLUMN json_line INTEGER; -- lines.id; NULL: the row of made_items says it

CREATE TEMP TABLE made_before AS
SELECT l.*, m.source AS place FROM last_made l LEFT JOIN made_items m ON m.run = l.run AND m.seq = l.seq;
DROP TABLE last_made;
CREATE TABLE last_made (
	run           INTEGER NOT NULL, -- the row of made_items that says how it went
	seq           INTEGER NOT NULL,
	sku           TEXT NOT NULL,
	position      INTEGER NOT NULL,
	shape         BLOB NOT NULL,    -- SHA-256 over the program and its settings; of an earlier version's: empty, like the next
	text          BLOB NOT NULL,    -- SHA-256 of the product's line as it was written
	pictures      INTEGER NOT NULL, -- that the line names
	folder        TEXT,             -- what those are relative to that are not absolute; NULL: all are
	place         TEXT NOT NULL,    -- of the photo: URL or absolute path
	source        BLOB NOT NULL,    -- SHA-256 of the photo
	source_size   INTEGER,          -- of a photo on disk, like the next three; NULL: its server has to be asked
	source_mtime  INTEGER,          -- nanoseconds since 1970
	source_ctime  INTEGER,
	source_inode  INTEGER,
	source_key    BLOB,             -- of a photo on a server, like the next two: under which it is in the cache
	etag          TEXT,             -- as the server said it; NULL: it did not
	last_modified TEXT,
	output        TEXT NOT NULL,    -- path within the workspace
	output_size   INTEGER NOT NULL,
	output_mtime  INTEGER NOT NULL,
	output_inode  INTEGER NOT NULL,
	status        TEXT NOT NULL,
	reasons       TEXT,
	stages        INTEGER NOT NULL, -- results that can be found again
	worth_nano    INTEGER NOT NULL, -- what making them had cost, so what is saved by finding them
	grp           INTEGER NOT NULL, -- groups.id
	json_line     INTEGER,          -- lines.id
	PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX last_made_by_sku ON last_made (sku, position);
INSERT OR REPLACE INTO last_made
SELECT run, seq, sku, position, x'', x'', 1, NULL, coalesce(place, ''), source, source_size, source_mtime, source_ctime, source_inode, NULL, etag,
       last_modified, output, output_size, output_mtime, output_inode, status, reasons, stages, worth_nano, grp, NULL
FROM temp.made_before;
DROP TABLE temp.made_before;
