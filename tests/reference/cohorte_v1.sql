-- Made by the record of impactkit, at format 1.
BEGIN TRANSACTION;
CREATE TABLE "answers_suivi" (_id INTEGER PRIMARY KEY, _person TEXT NOT NULL REFERENCES person, _wave TEXT NOT NULL, _batch INTEGER NOT NULL REFERENCES batch, _row INTEGER NOT NULL, "emploi" INTEGER, "revenu" REAL, "logement" TEXT, "avis" TEXT, "reprise" TEXT, UNIQUE (_person, _wave, _batch));
INSERT INTO "answers_suivi" VALUES(1,'E6WKDCP8NXBHF82HZ','T0',1,2,0,900.5,NULL,'bien 0','2025-03-17');
INSERT INTO "answers_suivi" VALUES(2,'VHYV429C9E4544HKY','T0',1,3,1,901.5,'locataire','bien 1','2025-03-17');
INSERT INTO "answers_suivi" VALUES(3,'E6WKDCP8NXBHF82HZ','T6',2,2,0,1200.0,NULL,'bien 0','2025-03-17');
INSERT INTO "answers_suivi" VALUES(4,'VHYV429C9E4544HKY','T6',2,3,1,1201.0,'locataire','bien 1','2025-03-17');
CREATE TABLE archive (
    archive_id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('snapshot', 'backup')),
    path TEXT NOT NULL, sha256 TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE batch (
    batch_id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    sheet TEXT, encoding TEXT, n_rows INTEGER NOT NULL, n_refused INTEGER NOT NULL,
    author TEXT NOT NULL, at TEXT NOT NULL);
INSERT INTO "batch" VALUES(1,'suivi','t0.csv','2df3788341790dc469f2c92d225ebd2de926cb25dc2d5471593eb68784e85e34',NULL,NULL,0,0,'essai','2026-11-22T11:53:06+00:00');
INSERT INTO "batch" VALUES(2,'suivi','t6.csv','555b7f7c8fbe3d9f5a1c5b22b79e54b2853a737945e44d4aec0b0b4e3ecc501f',NULL,NULL,0,0,'essai','2026-11-22T11:53:06+00:00');
CREATE TABLE cancellation (
    batch_id INTEGER PRIMARY KEY REFERENCES batch, author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE correction (
    correction_id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, answer_id INTEGER NOT NULL,
    person TEXT NOT NULL REFERENCES person, variable TEXT NOT NULL, before BLOB, after BLOB,
    reason TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL);
INSERT INTO "correction" VALUES(1,'suivi',1,'E6WKDCP8NXBHF82HZ','revenu',900.5,12.5,'saisie','essai','2026-11-22T11:53:06+00:00');
CREATE TABLE decision (
    decision_id INTEGER PRIMARY KEY, line TEXT NOT NULL, person TEXT NOT NULL REFERENCES person,
    choice TEXT NOT NULL CHECK (choice IN ('yes', 'no', 'new')), initials TEXT, note TEXT,
    author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE enrolment (
    person TEXT NOT NULL REFERENCES person, batch_id INTEGER NOT NULL REFERENCES batch,
    arm TEXT, entry TEXT, cluster TEXT, weight REAL, PRIMARY KEY (person, batch_id)) WITHOUT ROWID;
INSERT INTO "enrolment" VALUES('E6WKDCP8NXBHF82HZ',1,'beneficiary',NULL,NULL,NULL);
INSERT INTO "enrolment" VALUES('E6WKDCP8NXBHF82HZ',2,'beneficiary',NULL,NULL,NULL);
INSERT INTO "enrolment" VALUES('VHYV429C9E4544HKY',1,'beneficiary',NULL,NULL,NULL);
INSERT INTO "enrolment" VALUES('VHYV429C9E4544HKY',2,'beneficiary',NULL,NULL,NULL);
CREATE TABLE erasure (
    erasure_id INTEGER PRIMARY KEY, basis TEXT NOT NULL, n_rows INTEGER NOT NULL,
    author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, act TEXT NOT NULL,
    commitment TEXT NOT NULL, previous TEXT NOT NULL, sha256 TEXT NOT NULL);
INSERT INTO "journal" VALUES(1,'2026-11-22T11:53:06+00:00','essai','init','4c9b3006ab651fcdbcc95abdc2f20170342994d9ca49ac824be00a981d24bb4c','0000000000000000000000000000000000000000000000000000000000000000','d1f37357903c53c9da6f6744570907eed4498fb23b50798d135ea4d33a88c5e8');
INSERT INTO "journal" VALUES(2,'2026-11-22T11:53:06+00:00','essai','append','6aacff31ffbc1eccb891b7dfda03ed4e023710393064cac90b9bb55f64c0beb9','d1f37357903c53c9da6f6744570907eed4498fb23b50798d135ea4d33a88c5e8','b75a37db1e9e8f16c1ba8108e7be3889cd028196ecc119e8a303e9fd33868adb');
INSERT INTO "journal" VALUES(3,'2026-11-22T11:53:06+00:00','essai','append','e8a956dcfb3624067bdc7ac8e259426f6548d804751e7ffaffe06cc4a81f8e15','b75a37db1e9e8f16c1ba8108e7be3889cd028196ecc119e8a303e9fd33868adb','14e179a696cec1e3d4dad07f73124cdfbf82ee8d9f59a8115af09495ed77e766');
INSERT INTO "journal" VALUES(4,'2026-11-22T11:53:06+00:00','essai','correct','dccd3d4c3e7b41e6c3aecdd9dc7d2eaa32561ec673d7688faabe1c7401814774','14e179a696cec1e3d4dad07f73124cdfbf82ee8d9f59a8115af09495ed77e766','a506afd7b4e5898071c1bf312c9bc44c8c6a81136b9fdb64fdc941ac7a3dd039');
CREATE TABLE journal_detail (
    seq INTEGER PRIMARY KEY REFERENCES journal, person TEXT, salt TEXT NOT NULL, detail TEXT NOT NULL);
INSERT INTO "journal_detail" VALUES(1,NULL,'29effff6c92072f6efe35641d845a2fe','{"study": "mobilite"}');
INSERT INTO "journal_detail" VALUES(2,NULL,'4983fe7f2171b7c81ffb7c9369af9473','{"batch": 1, "file_sha256": "2df3788341790dc469f2c92d225ebd2de926cb25dc2d5471593eb68784e85e34", "people": 2, "rows": 2}');
INSERT INTO "journal_detail" VALUES(3,NULL,'95ba3e2d4e4e1be1e3b5421a9dd19939','{"batch": 2, "file_sha256": "555b7f7c8fbe3d9f5a1c5b22b79e54b2853a737945e44d4aec0b0b4e3ecc501f", "people": 2, "rows": 2}');
INSERT INTO "journal_detail" VALUES(4,'E6WKDCP8NXBHF82HZ','d3af8b016986a41126cefa5424928a0b','{"instrument": "suivi", "reason": "saisie", "variable": "revenu", "wave": "T0"}');
CREATE TABLE link (
    batch_id INTEGER NOT NULL REFERENCES batch, row INTEGER NOT NULL, person TEXT NOT NULL REFERENCES person,
    method TEXT NOT NULL, score REAL, author TEXT NOT NULL, PRIMARY KEY (batch_id, row)) WITHOUT ROWID;
CREATE TABLE opposition (person TEXT PRIMARY KEY REFERENCES person, author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE passage (open INTEGER PRIMARY KEY CHECK (open = 1));
CREATE TABLE person (person TEXT PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES batch) WITHOUT ROWID;
INSERT INTO "person" VALUES('E6WKDCP8NXBHF82HZ',1);
INSERT INTO "person" VALUES('VHYV429C9E4544HKY',1);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "setting" VALUES('name','mobilite-d969b9b6');
INSERT INTO "setting" VALUES('retention_until','2030-01-01');
CREATE TABLE variable (
    instrument TEXT NOT NULL, name TEXT NOT NULL, label_fr TEXT NOT NULL, label_en TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('number', 'boolean', 'category', 'text', 'date')),
    categories TEXT, batch_id INTEGER NOT NULL REFERENCES batch DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (instrument, name));
INSERT INTO "variable" VALUES('suivi','emploi','En emploi','In work','boolean',NULL,1);
INSERT INTO "variable" VALUES('suivi','revenu','Revenu','Income','number',NULL,1);
INSERT INTO "variable" VALUES('suivi','logement','Logement','Housing','category',NULL,1);
INSERT INTO "variable" VALUES('suivi','avis','Avis','Opinion','text',NULL,1);
INSERT INTO "variable" VALUES('suivi','reprise','Reprise','Start of work','date',NULL,1);
CREATE INDEX batch_sha256 ON batch (sha256);
CREATE VIEW active_batch AS
    SELECT * FROM batch WHERE batch_id NOT IN (SELECT batch_id FROM cancellation);
CREATE INDEX decision_person ON decision (person);
CREATE INDEX link_person ON link (person);
CREATE INDEX correction_answer ON correction (instrument, answer_id, variable);
CREATE INDEX correction_person ON correction (person);
CREATE INDEX journal_detail_person ON journal_detail (person);
CREATE TRIGGER "batch_update" BEFORE UPDATE ON "batch"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "batch_delete" BEFORE DELETE ON "batch"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "cancellation_update" BEFORE UPDATE ON "cancellation"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "cancellation_delete" BEFORE DELETE ON "cancellation"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "person_update" BEFORE UPDATE ON "person" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "person_delete" BEFORE DELETE ON "person" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "enrolment_update" BEFORE UPDATE ON "enrolment" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "enrolment_delete" BEFORE DELETE ON "enrolment" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "link_update" BEFORE UPDATE ON "link" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "link_delete" BEFORE DELETE ON "link" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "decision_update" BEFORE UPDATE ON "decision" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "decision_delete" BEFORE DELETE ON "decision" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "correction_update" BEFORE UPDATE ON "correction" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "correction_delete" BEFORE DELETE ON "correction" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "journal_update" BEFORE UPDATE ON "journal"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "journal_delete" BEFORE DELETE ON "journal"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "journal_detail_update" BEFORE UPDATE ON "journal_detail" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "journal_detail_delete" BEFORE DELETE ON "journal_detail" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "erasure_update" BEFORE UPDATE ON "erasure"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "erasure_delete" BEFORE DELETE ON "erasure"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "archive_update" BEFORE UPDATE ON "archive"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "archive_delete" BEFORE DELETE ON "archive"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "variable_update" BEFORE UPDATE ON "variable"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "variable_delete" BEFORE DELETE ON "variable"  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "opposition_update" BEFORE UPDATE ON "opposition" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "opposition_delete" BEFORE DELETE ON "opposition" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "answers_suivi_update" BEFORE UPDATE ON "answers_suivi" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER "answers_suivi_delete" BEFORE DELETE ON "answers_suivi" WHEN NOT EXISTS (SELECT 1 FROM passage) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE VIEW "current_suivi" AS SELECT a._id, a._person, a._wave, a._batch, a._row, "emploi", CASE WHEN EXISTS (SELECT 1 FROM correction c WHERE c.instrument = 'suivi' AND c.answer_id = a._id AND c.variable = 'revenu') THEN (SELECT c.after FROM correction c WHERE c.instrument = 'suivi' AND c.answer_id = a._id AND c.variable = 'revenu' ORDER BY c.correction_id DESC LIMIT 1) ELSE a."revenu" END AS "revenu", "logement", "avis", "reprise" FROM "answers_suivi" a WHERE a._batch NOT IN (SELECT batch_id FROM cancellation);
COMMIT;
PRAGMA application_id=1229677423;
PRAGMA user_version=1;
