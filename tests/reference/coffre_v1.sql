-- Made by the record of impactkit, at format 1.
BEGIN TRANSACTION;
CREATE TABLE fingerprint (
    kind TEXT NOT NULL, value BLOB NOT NULL, person TEXT NOT NULL, key_version INTEGER NOT NULL,
    PRIMARY KEY (kind, value, person)) WITHOUT ROWID;
CREATE TABLE identity (
    person TEXT PRIMARY KEY, key_version INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE opposed (kind TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "setting" VALUES('key_version','1');
INSERT INTO "setting" VALUES('key_proof','319f6bafb85834d375843f45819f9dc4358a199e951fac53a78ff4cdf337458b');
CREATE INDEX fingerprint_person ON fingerprint (person);
COMMIT;
PRAGMA application_id=1229682292;
PRAGMA user_version=1;
