/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema and its history. A step that was released is never edited: what changes is a further step. Indexes are
 * few and narrow on purpose; there is none over single records (see store.h).
 */
#include "server-stub/store/sqlite_schema.h"

#include <stdio.h>

static const char first[] =
	"CREATE TABLE device("
	" id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, \"group\" TEXT NOT NULL, state INTEGER NOT NULL,"
	" cert_serial BLOB NOT NULL, next_serial BLOB NOT NULL, cert_not_after_s INTEGER NOT NULL,"
	" created_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL, connected INTEGER NOT NULL,"
	" version TEXT NOT NULL, arch TEXT NOT NULL, kernel TEXT NOT NULL, address TEXT NOT NULL,"
	" csr_sha256 BLOB NOT NULL, problems TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX device_csr ON device(csr_sha256);"
	"CREATE INDEX device_name ON device(name);"
	"CREATE TABLE token("
	" id BLOB NOT NULL, secret_sha256 BLOB NOT NULL PRIMARY KEY, \"group\" TEXT NOT NULL, created_by TEXT NOT NULL,"
	" uses_max INTEGER NOT NULL, uses INTEGER NOT NULL, created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,"
	" approve INTEGER NOT NULL, revoked INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE spool("
	" device BLOB NOT NULL, spool BLOB NOT NULL, committed INTEGER NOT NULL, records INTEGER NOT NULL,"
	" PRIMARY KEY(device, spool)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE batch("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, device BLOB NOT NULL, spool BLOB NOT NULL, first_seq INTEGER NOT NULL,"
	" last_seq INTEGER NOT NULL, count INTEGER NOT NULL, received_us INTEGER NOT NULL, blob BLOB NOT NULL) STRICT;"
	"CREATE INDEX batch_device ON batch(device);"
	"CREATE TABLE incident("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, device BLOB NOT NULL, state INTEGER NOT NULL,"
	" severity INTEGER NOT NULL, rule_id TEXT NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL,"
	" tags TEXT NOT NULL, src TEXT NOT NULL, user TEXT NOT NULL, service TEXT NOT NULL, count INTEGER NOT NULL,"
	" first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, received_us INTEGER NOT NULL, evidence TEXT NOT NULL,"
	" UNIQUE(id, device)) STRICT;"
	"CREATE INDEX incident_open ON incident(row) WHERE state != 3;"
	"CREATE TABLE receipt("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, device BLOB NOT NULL, order_id BLOB, incident_id BLOB,"
	" wall_us INTEGER NOT NULL, received_us INTEGER NOT NULL, record BLOB NOT NULL) STRICT;"
	"CREATE INDEX receipt_order ON receipt(order_id) WHERE order_id IS NOT NULL;"
	"CREATE INDEX receipt_incident ON receipt(incident_id) WHERE incident_id IS NOT NULL;"
	"CREATE TABLE \"order\"("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, created_us INTEGER NOT NULL,"
	" not_after_s INTEGER NOT NULL, author TEXT NOT NULL, verb TEXT NOT NULL, detail TEXT NOT NULL,"
	" bytes BLOB NOT NULL, signatures BLOB NOT NULL) STRICT;"
	"CREATE TABLE target("
	" order_id BLOB NOT NULL, device BLOB NOT NULL, state INTEGER NOT NULL, updated_us INTEGER NOT NULL,"
	" text TEXT NOT NULL, PRIMARY KEY(order_id, device)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX target_waiting ON target(device, order_id) WHERE state <= 2;"
	"CREATE TABLE user("
	" name TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, must_change INTEGER NOT NULL,"
	" failures INTEGER NOT NULL, locked_until_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE session("
	" token_sha256 BLOB NOT NULL PRIMARY KEY, user TEXT NOT NULL, created_us INTEGER NOT NULL,"
	" expires_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE audit("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, wall_us INTEGER NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,"
	" detail TEXT NOT NULL, address TEXT NOT NULL, status INTEGER NOT NULL) STRICT;"
	"CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;"
	"CREATE TRIGGER audit_true BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;";

/* Proof of receipts: those from before are unproven, because no key was bound. */
static const char chains[] =
	"CREATE TABLE chain("
	" device BLOB NOT NULL PRIMARY KEY, key BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
	" proven_seq INTEGER NOT NULL, incident BLOB NOT NULL, waits_us INTEGER NOT NULL,"
	" waits_wall_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"ALTER TABLE receipt ADD COLUMN proof INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE receipt ADD COLUMN chain_seq INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE receipt ADD COLUMN chain_hash BLOB NOT NULL DEFAULT x'';"
	"CREATE INDEX receipt_pending ON receipt(device, chain_seq) WHERE proof = 1;";

/* A receipt that comes again is known by its place. */
static const char places[] = "CREATE INDEX receipt_place ON receipt(device, chain_seq) WHERE chain_seq > 0;";

/* Whose store it is; sqlite_claim fills it in. */
static const char identity[] =
	"CREATE TABLE identity(one INTEGER NOT NULL PRIMARY KEY CHECK(one = 1), fleet BLOB NOT NULL) STRICT;"
	"INSERT INTO identity(one, fleet) VALUES(1, x'');";

/* A device over its life: how it joined, how often it got a certificate, which runs of its guard were seen. */
static const char lives[] = "ALTER TABLE device ADD COLUMN token BLOB NOT NULL DEFAULT x'';"
			    "ALTER TABLE device ADD COLUMN issue_due_us INTEGER NOT NULL DEFAULT 0;"
			    "ALTER TABLE device ADD COLUMN runs BLOB NOT NULL DEFAULT x'';"
			    "ALTER TABLE token ADD COLUMN device BLOB NOT NULL DEFAULT x'';";

/*
 * The log has entries of people and of the service, and an index over those that the views' follower reads. The views
 * get a second set of tables, kept_, as of the log's front (views.h). What was in the views up to here was told by all
 * entries of the log: both sets begin with it, at the log's end. Answers to orders and devices' problems move from the
 * registry's rows into views.
 */
#define VIEWS(set)                                                                                            \
	"CREATE TABLE " set "answer("                                                                         \
	" order_id BLOB NOT NULL, device BLOB NOT NULL, state INTEGER NOT NULL, updated_us INTEGER NOT NULL," \
	" text TEXT NOT NULL, PRIMARY KEY(order_id, device)) STRICT, WITHOUT ROWID;"                          \
	"CREATE TABLE " set "problems("                                                                       \
	" device BLOB NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;"                       \
	"CREATE TABLE " set "note("                                                                           \
	" row INTEGER PRIMARY KEY AUTOINCREMENT, incident_id BLOB NOT NULL, device BLOB NOT NULL,"            \
	" wall_us INTEGER NOT NULL, author TEXT NOT NULL, deed TEXT NOT NULL, text TEXT NOT NULL) STRICT;"    \
	"CREATE INDEX " set "note_incident ON " set "note(incident_id, device);"                              \
	"CREATE TABLE " set                                                                                   \
	"position(one INTEGER NOT NULL PRIMARY KEY CHECK(one = 1), position INTEGER NOT NULL) STRICT;"        \
	"INSERT INTO " set "position(one, position) SELECT 1, ifnull(max(row), 0) FROM batch;"

static const char views[] = VIEWS("") VIEWS(
	"kept_") "ALTER TABLE batch ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
		 "CREATE INDEX batch_story ON batch(row) WHERE kind > 0;"
		 "ALTER TABLE incident ADD COLUMN verdict TEXT NOT NULL DEFAULT '';"
		 "ALTER TABLE incident ADD COLUMN assignee TEXT NOT NULL DEFAULT '';"
		 "ALTER TABLE incident ADD COLUMN held_us INTEGER NOT NULL DEFAULT 0;"
		 "INSERT INTO answer SELECT order_id, device, state, updated_us, text FROM target WHERE state IN (4,"
		 " 5, 6);"
		 "INSERT INTO kept_answer SELECT * FROM answer;"
		 "UPDATE target SET state = 3, text = '' WHERE state IN (4, 5, 6);"
		 "INSERT INTO problems SELECT id, problems FROM device WHERE problems != '';"
		 "INSERT INTO kept_problems SELECT * FROM problems;"
		 "CREATE TABLE kept_incident( row INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, device BLOB NOT"
		 " NULL, state INTEGER NOT NULL, severity INTEGER NOT NULL, rule_id TEXT NOT NULL, title TEXT NOT NULL,"
		 " author TEXT NOT NULL, tags TEXT NOT NULL, src TEXT NOT NULL, user TEXT NOT NULL, service TEXT NOT"
		 " NULL, count INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, received_us"
		 " INTEGER NOT NULL, evidence TEXT NOT NULL, verdict TEXT NOT NULL, assignee TEXT NOT NULL, held_us"
		 " INTEGER NOT NULL, UNIQUE(id, device)) STRICT;"
		 "INSERT INTO kept_incident SELECT row, id, device, state, severity, rule_id, title, author, tags,"
		 " src, user, service, count, first_us, last_us, received_us, evidence, '', '', 0 FROM incident;"
		 "CREATE TABLE kept_receipt( row INTEGER PRIMARY KEY AUTOINCREMENT, device BLOB NOT NULL, order_id"
		 " BLOB, incident_id BLOB, wall_us INTEGER NOT NULL, received_us INTEGER NOT NULL, record BLOB NOT"
		 " NULL, proof INTEGER NOT NULL, chain_seq INTEGER NOT NULL, chain_hash BLOB NOT NULL) STRICT;"
		 "INSERT INTO kept_receipt SELECT row, device, order_id, incident_id, wall_us, received_us, record,"
		 " proof, chain_seq, chain_hash FROM receipt;"
		 "CREATE INDEX kept_receipt_pending ON kept_receipt(device, chain_seq) WHERE proof = 1;"
		 "CREATE INDEX kept_receipt_place ON kept_receipt(device, chain_seq) WHERE chain_seq > 0;"
		 "CREATE TABLE kept_chain( device BLOB NOT NULL PRIMARY KEY, key BLOB NOT NULL, seq INTEGER NOT NULL,"
		 " hash BLOB NOT NULL, proven_seq INTEGER NOT NULL, incident BLOB NOT NULL, waits_us INTEGER NOT NULL,"
		 " waits_wall_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
		 "INSERT INTO kept_chain SELECT * FROM chain;"
		 "CREATE INDEX order_window ON \"order\"(not_after_s);";

/* Objects: what goes over the link in pieces, both ways. */
static const char objects[] =
	"CREATE TABLE object("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, device BLOB NOT NULL, id BLOB NOT NULL, state INTEGER NOT NULL,"
	" size INTEGER NOT NULL, have INTEGER NOT NULL, created_us INTEGER NOT NULL, statement BLOB NOT NULL,"
	" signatures BLOB NOT NULL, UNIQUE(device, id)) STRICT;"
	"CREATE TABLE object_piece("
	" object INTEGER NOT NULL, offset INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE(object, offset)) STRICT;"
	"CREATE TABLE object_target("
	" object BLOB NOT NULL, device BLOB NOT NULL, state INTEGER NOT NULL, updated_us INTEGER NOT NULL,"
	" text TEXT NOT NULL, PRIMARY KEY(object, device)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX object_target_waiting ON object_target(device, object) WHERE state <= 2;";

/* What a restored store does not know of (store_gap). */
static const char gap[] = "ALTER TABLE identity ADD COLUMN known_us INTEGER NOT NULL DEFAULT 0;";

/* What an incident is about when that is no src; those from before tell none. */
#define SUBJECT(table)                                                            \
	"ALTER TABLE " table " ADD COLUMN subject_kind TEXT NOT NULL DEFAULT '';" \
	"ALTER TABLE " table " ADD COLUMN subject TEXT NOT NULL DEFAULT '';"

static const char subjects[] = SUBJECT("incident") SUBJECT("kept_incident");

/* What a device is besides its problems: its last health record whole, and what its build can do. */
#define HEALTH(table)                                                          \
	"ALTER TABLE " table " ADD COLUMN wall_us INTEGER NOT NULL DEFAULT 0;" \
	"ALTER TABLE " table " ADD COLUMN record BLOB NOT NULL DEFAULT x'';"

static const char healths[] =
	HEALTH("problems") HEALTH("kept_problems") "ALTER TABLE device ADD COLUMN features TEXT NOT NULL DEFAULT '';";

/* What people say of a device. A deleted one's row stays, so that nothing lets it in again. */
static const char people_say[] = "ALTER TABLE device ADD COLUMN labels TEXT NOT NULL DEFAULT '';"
				 "ALTER TABLE device ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;";

/* What an incident is of several rules. Those from before have one, which the incident itself tells. */
#define TIMELINE(table)                                                           \
	"ALTER TABLE " table " ADD COLUMN score INTEGER NOT NULL DEFAULT 0;"      \
	"ALTER TABLE " table " ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;"   \
	"ALTER TABLE " table " ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;"   \
	"ALTER TABLE " table " ADD COLUMN latest_seq INTEGER NOT NULL DEFAULT 0;" \
	"ALTER TABLE " table " ADD COLUMN latest_us INTEGER NOT NULL DEFAULT 0;"  \
	"ALTER TABLE " table " ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';"  \
	"ALTER TABLE " table " ADD COLUMN merged TEXT NOT NULL DEFAULT '';"       \
	"ALTER TABLE " table " ADD COLUMN timeline TEXT NOT NULL DEFAULT '';"

static const char timelines[] = TIMELINE("incident") TIMELINE("kept_incident");

/* Sessions of browsers, which end when nobody uses them. */
static const char browsers[] = "ALTER TABLE session ADD COLUMN used_us INTEGER NOT NULL DEFAULT 0;"
			       "ALTER TABLE session ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;";

/* The second factor. */
static const char factors[] = "ALTER TABLE user ADD COLUMN totp BLOB NOT NULL DEFAULT x'';"
			      "ALTER TABLE user ADD COLUMN totp_next BLOB NOT NULL DEFAULT x'';"
			      "ALTER TABLE user ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;"
			      "ALTER TABLE user ADD COLUMN recovery BLOB NOT NULL DEFAULT x'';";

/* The chain of the audit log; the rows from before have no hash of their own (person_audit_put). */
static const char audits[] = "ALTER TABLE audit ADD COLUMN hash BLOB NOT NULL DEFAULT x'';";

/* API tokens. */
static const char api_tokens[] = "ALTER TABLE session ADD COLUMN name TEXT NOT NULL DEFAULT '';"
				 "ALTER TABLE session ADD COLUMN role TEXT NOT NULL DEFAULT '';"
				 "ALTER TABLE session ADD COLUMN scope TEXT NOT NULL DEFAULT '';";

/* Passkeys, and how many of them an operator has. */
static const char passkeys[] =
	"CREATE TABLE passkey("
	" id_sha256 BLOB NOT NULL PRIMARY KEY, user TEXT NOT NULL, name TEXT NOT NULL, id BLOB NOT NULL,"
	" id_len INTEGER NOT NULL, point BLOB NOT NULL, counter INTEGER NOT NULL, created_us INTEGER NOT NULL,"
	" used_us INTEGER NOT NULL) STRICT;"
	"ALTER TABLE user ADD COLUMN passkeys INTEGER NOT NULL DEFAULT 0;";

/* To whom the service tells of incidents, and what each was told. */
static const char outputs[] =
	"CREATE TABLE output("
	" name TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, url TEXT NOT NULL, user TEXT NOT NULL,"
	" secret TEXT NOT NULL, sender TEXT NOT NULL, receivers TEXT NOT NULL, changes INTEGER NOT NULL,"
	" severity INTEGER NOT NULL, groups TEXT NOT NULL, rules TEXT NOT NULL, gather_s INTEGER NOT NULL,"
	" after_s INTEGER NOT NULL, quiet_from INTEGER NOT NULL, quiet_to INTEGER NOT NULL,"
	" quiet_severity INTEGER NOT NULL, created_by TEXT NOT NULL, created_us INTEGER NOT NULL,"
	" good_us INTEGER NOT NULL DEFAULT 0, next_us INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,"
	" messages INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',"
	" wanted_us INTEGER NOT NULL DEFAULT 0, tested_us INTEGER NOT NULL DEFAULT 0, test TEXT NOT NULL DEFAULT ''"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE output_changed("
	" device BLOB NOT NULL, incident BLOB NOT NULL, PRIMARY KEY(device, incident)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE output_item("
	" output TEXT NOT NULL, device BLOB NOT NULL, incident BLOB NOT NULL, told INTEGER NOT NULL,"
	" severity INTEGER NOT NULL, reopened INTEGER NOT NULL, due_us INTEGER NOT NULL,"
	" PRIMARY KEY(output, device, incident)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX output_due ON output_item(output, due_us) WHERE due_us > 0;";

/* Lists of incidents that few match. The kept set is not listed. */
static const char lists[] = "CREATE INDEX incident_state ON incident(state);"
			    "CREATE INDEX incident_device ON incident(device);"
			    "CREATE INDEX incident_device_state ON incident(device, state);";

/* What a search may skip; they are made of what the log has (search/digest.h). */
static const char digests[] = "CREATE TABLE digest("
			      " first INTEGER PRIMARY KEY, last INTEGER NOT NULL, received_us INTEGER NOT NULL, "
			      "wall_from_us INTEGER NOT NULL,"
			      " wall_to_us INTEGER NOT NULL, bits BLOB NOT NULL) STRICT;";

/* How far low severities were taken out of the log. */
static const char thinning[] = "ALTER TABLE identity ADD COLUMN thinned INTEGER NOT NULL DEFAULT 0;";

/* What was seen in many devices together, what groups are to ban, and whose silence is one. */
static const char crowds[] =
	"CREATE TABLE crowd("
	" kind INTEGER NOT NULL, name BLOB NOT NULL, said_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"
	" seen BLOB NOT NULL, PRIMARY KEY(kind, name)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE offer("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, \"group\" TEXT NOT NULL, addr BLOB NOT NULL, until_us INTEGER NOT "
	"NULL,"
	" UNIQUE(\"group\", addr)) STRICT;"
	"CREATE TABLE hush("
	" one INTEGER NOT NULL PRIMARY KEY CHECK(one = 1), device BLOB NOT NULL, since_us INTEGER NOT NULL,"
	" until_us INTEGER NOT NULL, most INTEGER NOT NULL) STRICT;";

/* Which facets a record of a run has together; of runs from before nothing is known. */
static const char pairs[] = "ALTER TABLE digest ADD COLUMN pairs BLOB NOT NULL DEFAULT x'';";

/* Manufacturers whose certificates let devices join, and the serial numbers of devices. */
static const char factories[] =
	"CREATE TABLE factory("
	" name TEXT NOT NULL PRIMARY KEY, \"group\" TEXT NOT NULL, unlisted INTEGER NOT NULL,"
	" removed INTEGER NOT NULL, created_by TEXT NOT NULL, created_us INTEGER NOT NULL, ca_len INTEGER NOT NULL,"
	" ca BLOB NOT NULL) STRICT;"
	"CREATE TABLE origin("
	" factory TEXT NOT NULL, serial TEXT NOT NULL, device BLOB NOT NULL UNIQUE, PRIMARY KEY(factory, serial))"
	" STRICT, WITHOUT ROWID;";

static const char *const steps[] = {
	first,	  chains,  places,     identity,  lives,    views,   objects, gap,
	subjects, healths, people_say, timelines, browsers, factors, audits,  api_tokens,
	passkeys, outputs, lists,      digests,	  thinning, crowds,  pairs,   factories,
};

#define STEPS ((int)(sizeof(steps) / sizeof(steps[0])))

static enum err version(struct sqlite *s, int *out)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_USER_VERSION);
	enum err err;

	*out = 0;
	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_CORRUPT : err;
	*out = sqlite3_column_int(query, 0);
	sqlite3_reset(query);
	return ERR_OK;
}

static enum err step(struct sqlite *s, int number)
{
	char set[48];
	bool own;
	enum err err = sqlite_enter(s, &own);
	int now;

	if (err != ERR_OK)
		return err;
	snprintf(set, sizeof(set), "PRAGMA user_version = %d", number + 1);
	/* Another process may have been faster. */
	err = version(s, &now);
	if (err == ERR_OK && now == number)
		err = sqlite_query_error(s, sqlite3_exec(s->db, steps[number], NULL, NULL, NULL));
	if (err == ERR_OK && now == number)
		err = sqlite_query_error(s, sqlite3_exec(s->db, set, NULL, NULL, NULL));
	return sqlite_leave(s, own, err);
}

int sqlite_schema_steps(void)
{
	return STEPS;
}

enum err sqlite_schema_migrate(struct sqlite *s, bool is_new)
{
	int now;
	enum err err = version(s, &now);

	if (err == ERR_OK && now > STEPS)
		return ERR_UNSUPPORTED;
	if (err == ERR_OK && now == 0 && !is_new)
		return ERR_NOT_FOUND;
	for (int i = now; err == ERR_OK && i < STEPS; i++)
		err = step(s, i);
	return err;
}
