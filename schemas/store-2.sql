-- store-2.sql - packshot.db, version 2: what the ledger of paid calls says beside the money.
ALTER TABLE calls ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- requests sent for it, those turned away unbilled included
ALTER TABLE calls ADD COLUMN answered_by TEXT;                 -- the model's version that answered, by its own word
ALTER TABLE calls ADD COLUMN answer_id TEXT;                   -- the service's own name of the answer
