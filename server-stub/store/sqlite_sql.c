/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of every statement. Columns stand in the order of the shapes in sqlite_*.c. An @ before a table of the views
 * stands for the set of views that the handle has chosen: nothing, or kept_.
 */
#include "server-stub/store/sqlite_sql.h"

#define DEVICE                                                                                                         \
	"id, name, \"group\", state, cert_serial, next_serial, cert_not_after_s, created_us, last_seen_us, connected," \
	" version, arch, kernel, address, csr_sha256, token, issue_due_us, runs, features, labels, deleted"
#define DEVICE_READ                                                                                     \
	"SELECT " DEVICE ", ifnull((SELECT text FROM problems WHERE problems.device = device.id), '')," \
	" (SELECT ifnull(sum(records), 0) FROM spool WHERE spool.device = device.id) FROM device "
#define TOKEN \
	"id, secret_sha256, \"group\", created_by, uses_max, uses, created_us, expires_us, approve, revoked, device"
#define BATCH "row, device, spool, first_seq, last_seq, count, received_us, blob, kind"
#define DIGEST "first, last, received_us, wall_from_us, wall_to_us, bits"
#define SENT " kind < 2 AND "
#define INCIDENT                                                                                                   \
	"id, device, state, severity, rule_id, title, author, tags, src, user, service, count, first_us, last_us," \
	" received_us, evidence, verdict, assignee, held_us, subject_kind, subject, score, left_out, reopened,"    \
	" latest_seq, latest_us, merged_into, merged, timeline"
#define RECEIPT_COLUMNS "device, order_id, incident_id, wall_us, received_us, record, proof, chain_seq, chain_hash"
#define RECEIPT                                                                                         \
	"device, ifnull(order_id, x''), ifnull(incident_id, x''), wall_us, received_us, record, proof," \
	" chain_seq, chain_hash"
#define NOTE "incident_id, device, wall_us, author, deed, text"
#define ANSWER "order_id, device, state, updated_us, text"
/* Sending is the registry's, the answer is the views', and the answer is the last word. */
#define TARGET                                                                                                      \
	"SELECT t.order_id, t.device, ifnull(a.state, t.state), ifnull(a.updated_us, t.updated_us),"                \
	" ifnull(a.text, t.text) FROM target AS t LEFT JOIN answer AS a ON a.order_id = t.order_id AND a.device = " \
	"t.device "
#define HEALTH "device, wall_us, text, record"
#define CHAIN "device, key, seq, hash, proven_seq, incident, waits_us, waits_wall_us"
#define AUDIT "wall_us, user, action, detail, address, status, hash"
#define OUTPUT                                                                                                   \
	"name, kind, url, user, secret, sender, receivers, changes, severity, groups, rules, gather_s, after_s," \
	" quiet_from, quiet_to, quiet_severity, created_by, created_us"
#define OUTPUT_STATE "good_us, next_us, failures, messages, lost, error, wanted_us, tested_us, test"
#define OUTPUT_ITEM "device, incident, told, severity, reopened, due_us"
#define OFFER "\"group\", addr, until_us"
#define HUSH "device, since_us, until_us, most"
#define FACTORY "name, \"group\", unlisted, removed, created_by, created_us, ca_len, ca"
#define USER                                                                                                   \
	"name, role, password, must_change, failures, locked_until_us, totp, totp_next, totp_step, recovery, " \
	"passkeys"
#define PASSKEY "id_sha256, user, name, id, id_len, point, counter, created_us, used_us"
#define SESSION "token_sha256, user, created_us, expires_us, used_us, kind, name, role, scope"
#define ORDER "id, created_us, not_after_s, author, verb, detail, bytes, signatures"

#define OBJECT "device, id, state, size, have, created_us, statement, signatures"
#define OBJECT_ROW "(SELECT row FROM object WHERE device = ?1 AND id = ?2)"

#define EXAMINE(table) "SELECT rowid, * FROM " table " WHERE rowid > ?1 ORDER BY rowid LIMIT ?2"

const char *const sqlite_sql[SQL_STATEMENTS] = {
	[SQL_USER_VERSION] = "PRAGMA user_version",
	[SQL_IDENTITY_GET] = "SELECT fleet FROM identity",
	[SQL_IDENTITY_PUT] = "UPDATE identity SET fleet = ?1 WHERE fleet = x''",
	[SQL_GAP_GET] = "SELECT known_us FROM identity",
	[SQL_GAP_PUT] = "UPDATE identity SET known_us = ?1",
	[SQL_LATEST] = "SELECT max(ifnull((SELECT wall_us FROM audit ORDER BY row DESC LIMIT 1), 0),"
		       " ifnull((SELECT received_us FROM batch ORDER BY row DESC LIMIT 1), 0),"
		       " ifnull((SELECT max(created_us) FROM device), 0))",
	[SQL_CHECK] = "PRAGMA quick_check(1)",
	[SQL_EXAMINE_TABLE] = "SELECT * FROM pragma_quick_check(?1) LIMIT 1",
	[SQL_EXAMINE_BATCH] =
		"SELECT row, blob, kind, EXISTS (SELECT 1 FROM batch AS d INDEXED BY batch_device WHERE d.device ="
		" b.device AND d.row = b.row) AND (kind <= 0 OR EXISTS (SELECT 1 FROM batch AS s INDEXED BY"
		" batch_story WHERE s.kind > 0 AND s.row = b.row)), device, spool, first_seq, last_seq, received_us"
		" FROM batch AS b WHERE row > ?1 ORDER BY row LIMIT ?2",
	[SQL_EXAMINE_DIGEST] = EXAMINE("digest"),
	[SQL_EXAMINE_INCIDENT] = EXAMINE("incident"),
	[SQL_EXAMINE_KEPT_INCIDENT] = EXAMINE("kept_incident"),
	[SQL_EXAMINE_RECEIPT] = EXAMINE("receipt"),
	[SQL_EXAMINE_KEPT_RECEIPT] = EXAMINE("kept_receipt"),
	[SQL_EXAMINE_NOTE] = EXAMINE("note"),
	[SQL_EXAMINE_KEPT_NOTE] = EXAMINE("kept_note"),
	[SQL_EXAMINE_ORDER] = EXAMINE("\"order\""),
	[SQL_EXAMINE_AUDIT] = EXAMINE("audit"),
	[SQL_EXAMINE_PIECE] = EXAMINE("object_piece"),
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_DEVICE_PUT] = "INSERT OR REPLACE INTO device(" DEVICE
			   ", problems) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,"
			   "?19,?20,?21,'')",
	[SQL_DEVICE_GET] = DEVICE_READ "WHERE id = ?1",
	[SQL_DEVICE_ROW] = "SELECT " DEVICE " FROM device WHERE id = ?1",
	[SQL_DEVICE_PASS] = "SELECT state, cert_serial, next_serial, cert_not_after_s, last_seen_us,"
			    " \"group\" FROM device"
			    " WHERE id = ?1",
	[SQL_DEVICE_BY_CSR] = DEVICE_READ "WHERE csr_sha256 = ?1 ORDER BY created_us DESC LIMIT 1",
	[SQL_DEVICE_BY_NAME] = DEVICE_READ "WHERE name = ?1 ORDER BY state = 3, created_us DESC LIMIT 2",
	[SQL_DEVICE_LIST] = DEVICE_READ "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_DEVICE_LIST_GROUP] = DEVICE_READ "WHERE id > ?1 AND \"group\" = ?3 ORDER BY id LIMIT ?2",
	[SQL_DEVICE_PRESENCE] = "UPDATE device SET connected = ?2, last_seen_us = max(last_seen_us, ?3),"
				" address = CASE WHEN ?4 = '' THEN address ELSE ?4 END WHERE id = ?1",
	[SQL_DEVICE_ABSENT] = DEVICE_READ "WHERE connected = 0 AND state = 2 AND last_seen_us > ?1 AND"
					  " last_seen_us <= ?2",
	[SQL_DEVICE_ABSENT_ALL] = "UPDATE device SET connected = 0 WHERE connected != 0",
	[SQL_DEVICE_CENSUS] = "SELECT coalesce(sum(connected), 0), coalesce(sum(connected = 0 AND last_seen_us > ?1 AND"
			      " last_seen_us <= ?2), 0) FROM device WHERE state = 2",
	[SQL_TOKEN_PUT] = "INSERT OR REPLACE INTO token(" TOKEN ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
	[SQL_TOKEN_GET] = "SELECT " TOKEN " FROM token WHERE secret_sha256 = ?1",
	[SQL_TOKEN_LIST] = "SELECT " TOKEN " FROM token ORDER BY created_us DESC, id",
	[SQL_SPOOL_COMMITTED] = "SELECT committed FROM spool WHERE device = ?1 AND spool = ?2",
	[SQL_SPOOL_ADVANCE] = "INSERT INTO spool(device, spool, committed, records) VALUES(?1, ?2, ?4, ?5)"
			      " ON CONFLICT DO UPDATE SET committed = ?4, records = records + ?5 WHERE committed < ?3",
	[SQL_BATCH_PUT] = "INSERT INTO batch(device, spool, first_seq, last_seq, count, received_us, blob, kind)"
			  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_BATCH_LIST] = "SELECT " BATCH " FROM batch WHERE" SENT "row > ?1 ORDER BY row LIMIT ?2",
	[SQL_BATCH_LIST_NEWEST] = "SELECT " BATCH " FROM batch WHERE" SENT "row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_BATCH_LIST_DEVICE] =
		"SELECT " BATCH " FROM batch WHERE" SENT "device = ?3 AND row > ?1 ORDER BY row LIMIT ?2",
	[SQL_BATCH_LIST_DEVICE_NEWEST] =
		"SELECT " BATCH " FROM batch WHERE" SENT "device = ?3 AND row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_BATCH_FOLLOW] = "SELECT " BATCH " FROM batch INDEXED BY batch_story WHERE kind > 0 AND row > ?1"
			     " ORDER BY row LIMIT ?2",
	[SQL_BATCH_OLDER] = "SELECT row, received_us, length(blob) FROM batch ORDER BY row LIMIT ?1",
	[SQL_BATCH_REMOVE] = "DELETE FROM batch WHERE row <= ?1",
	[SQL_BATCH_REPLACE] = "UPDATE batch SET blob = ?2, count = ?3 WHERE row = ?1",
	[SQL_BATCH_TAKE] = "DELETE FROM batch WHERE row = ?1",
	[SQL_THINNED_GET] = "SELECT thinned FROM identity",
	[SQL_THINNED_PUT] = "UPDATE identity SET thinned = ?1",
	[SQL_DIGEST_PUT] = "INSERT INTO digest(" DIGEST ", pairs) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_DIGEST_LAST] = "SELECT last FROM digest ORDER BY first DESC LIMIT 1",
	[SQL_DIGEST_LIST] = "SELECT " DIGEST " FROM digest WHERE first < ?1 ORDER BY first DESC",
	/* The pairs stand last in a row: who does not ask for them does not read their pages. */
	[SQL_DIGEST_LIST_PAIRS] = "SELECT " DIGEST ", pairs FROM digest WHERE first < ?1 ORDER BY first DESC",
	[SQL_DIGEST_REMOVE] = "DELETE FROM digest WHERE first <= ?1 AND last <= ?1",
	/* Rows are in the order of their arrival, but incidents change later. */
	[SQL_RECEIPT_REMOVE] = "DELETE FROM @receipt WHERE row IN (SELECT row FROM @receipt ORDER BY row LIMIT ?2)"
			       " AND received_us < ?1",
	[SQL_INCIDENT_REMOVE] = "DELETE FROM @incident WHERE row IN"
				" (SELECT row FROM @incident WHERE state = 3 AND received_us < ?1 LIMIT ?2)",
	/* One that the log's later entries tell of is wanted when they are told again. */
	[SQL_INCIDENT_REMOVE_KEPT] = "DELETE FROM kept_incident WHERE row IN (SELECT row FROM kept_incident AS k"
				     " WHERE state = 3 AND received_us < ?1 AND NOT EXISTS (SELECT 1 FROM incident AS i"
				     " WHERE i.id = k.id AND i.device = k.device) LIMIT ?2)",
	[SQL_NOTE_REMOVE] =
		"DELETE FROM @note WHERE row IN (SELECT row FROM @note AS n WHERE wall_us < ?1 AND NOT EXISTS"
		" (SELECT 1 FROM @incident AS i WHERE i.id = n.incident_id AND i.device = n.device)"
		" LIMIT ?2)",
	[SQL_INCIDENT_PUT] =
		"INSERT INTO @incident(" INCIDENT
		") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,"
		"?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29)"
		" ON CONFLICT(id, device) DO UPDATE SET state = ?3, severity = ?4, rule_id = ?5, title = ?6,"
		" author = ?7, tags = ?8, src = ?9, user = ?10, service = ?11, count = ?12, first_us = ?13,"
		" last_us = ?14, received_us = ?15, evidence = ?16, verdict = ?17, assignee = ?18, held_us = ?19,"
		" subject_kind = ?20, subject = ?21, score = ?22, left_out = ?23, reopened = ?24, latest_seq = ?25,"
		" latest_us = ?26, merged_into = ?27, merged = ?28, timeline = ?29",
	[SQL_INCIDENT_GET] = "SELECT " INCIDENT " FROM @incident WHERE id = ?1 ORDER BY row LIMIT 1",
	[SQL_INCIDENT_OF] = "SELECT " INCIDENT " FROM @incident WHERE id = ?1 AND device = ?2",
	[SQL_INCIDENT_LIST] = "SELECT " INCIDENT ", row FROM @incident WHERE row < ?1 ORDER BY row DESC LIMIT ?2",
	/* One text for each: an index serves only a condition that is there for sure. */
	[SQL_INCIDENT_LIST_STATE] =
		"SELECT " INCIDENT ", row FROM @incident WHERE state = ?3 AND row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_INCIDENT_LIST_DEVICE] =
		"SELECT " INCIDENT ", row FROM @incident WHERE device = ?4 AND row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_INCIDENT_LIST_DEVICE_STATE] = "SELECT " INCIDENT ", row FROM @incident WHERE device = ?4 AND state = ?3"
					   " AND row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_RECEIPT_PUT] = "INSERT INTO @receipt(device, order_id, incident_id, wall_us, received_us, record, proof,"
			    " chain_seq, chain_hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_RECEIPT_LIST] = "SELECT " RECEIPT " FROM @receipt ORDER BY row DESC LIMIT ?1",
	[SQL_RECEIPT_LIST_ORDER] = "SELECT " RECEIPT " FROM @receipt WHERE order_id = ?2 AND"
				   " (?3 IS NULL OR incident_id = ?3) ORDER BY row DESC LIMIT ?1",
	[SQL_RECEIPT_LIST_INCIDENT] =
		"SELECT " RECEIPT " FROM @receipt WHERE incident_id = ?3 ORDER BY row DESC LIMIT ?1",
	[SQL_RECEIPT_PROVE] = "UPDATE @receipt SET proof = ?3 WHERE device = ?1 AND proof = 1 AND chain_seq <= ?2",
	[SQL_RECEIPT_HASH] = "SELECT chain_hash FROM @receipt WHERE device = ?1 AND chain_seq = ?2 AND chain_seq > 0"
			     " AND proof != 4 ORDER BY row DESC LIMIT 1",
	[SQL_CHAIN_PUT] = "INSERT OR REPLACE INTO @chain(" CHAIN ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_CHAIN_GET] = "SELECT " CHAIN " FROM @chain WHERE device = ?1",
	[SQL_ANSWER_ADD] = "INSERT INTO @answer(" ANSWER ") VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
	[SQL_HEALTH_PUT] = "INSERT OR REPLACE INTO @problems(" HEALTH ") VALUES(?1, ?2, ?3, ?4)",
	[SQL_HEALTH_GET] = "SELECT " HEALTH " FROM @problems WHERE device = ?1",
	[SQL_NOTE_PUT] = "INSERT INTO @note(" NOTE ") VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_NOTE_LIST] = "SELECT " NOTE " FROM @note WHERE incident_id = ?1 AND device = ?2 ORDER BY row LIMIT ?3",
	[SQL_POSITION_GET] = "SELECT position FROM @position",
	[SQL_POSITION_PUT] = "INSERT OR REPLACE INTO @position(one, position) VALUES(1, ?1)",
	[SQL_ORDER_PUT] = "INSERT INTO \"order\"(" ORDER ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_ORDER_GET] = "SELECT " ORDER " FROM \"order\" WHERE id = ?1",
	[SQL_ORDER_LIST] = "SELECT " ORDER ", row FROM \"order\" WHERE row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_ORDER_HOLD] = "UPDATE target SET state = 0 WHERE order_id = ?1 AND state = 1",
	[SQL_ORDER_SIGN] = "UPDATE \"order\" SET signatures = ?2 WHERE id = ?1",
	[SQL_ORDER_RELEASE] = "UPDATE target SET state = 1, updated_us = ?2 WHERE order_id = ?1 AND state = 0",
	[SQL_TARGET_PUT] =
		"INSERT OR REPLACE INTO target(order_id, device, state, updated_us, text) VALUES(?1,?2,?3,?4,?5)",
	[SQL_TARGET_GET] = TARGET "WHERE t.order_id = ?1 AND t.device = ?2",
	[SQL_TARGET_IS] = "SELECT 1 FROM target WHERE order_id = ?1 AND device = ?2",
	[SQL_TARGET_LIST] = TARGET "WHERE t.order_id = ?1",
	[SQL_TARGET_WAITING] = "SELECT " ORDER " FROM \"order\" AS o WHERE not_after_s >= ?2 AND EXISTS (SELECT 1"
			       " FROM target WHERE order_id = o.id AND device = ?1 AND state BETWEEN 1 AND 3) AND NOT"
			       " EXISTS (SELECT 1 FROM answer WHERE order_id = o.id AND device = ?1) ORDER BY row",
	[SQL_TARGET_EXPIRE] = "UPDATE target SET state = 7 WHERE state <= 2 AND order_id IN"
			      " (SELECT id FROM \"order\" WHERE not_after_s < ?1)",
	[SQL_TARGET_CANCEL] = "UPDATE target SET state = 8, updated_us = ?2 WHERE order_id = ?1 AND state <= 1 AND"
			      " NOT EXISTS (SELECT 1 FROM answer WHERE order_id = ?1 AND device = target.device)",
	[SQL_OBJECT_PUT] = "INSERT INTO object(" OBJECT ") VALUES(?1, ?2, ?3, ?4, 0 * ?5, ?6, ?7, ?8)"
			   " ON CONFLICT(device, id) DO UPDATE SET state = ?3, signatures = ?8",
	[SQL_OBJECT_GET] = "SELECT " OBJECT ", row FROM object WHERE device = ?1 AND id = ?2",
	[SQL_OBJECT_LIST] = "SELECT " OBJECT ", row FROM object WHERE row < ?1 AND (?3 IS NULL OR device = ?3)"
			    " ORDER BY row DESC LIMIT ?2",
	[SQL_OBJECT_PIECE] = "INSERT INTO object_piece(object, offset, bytes) VALUES(" OBJECT_ROW ", ?3, ?4)",
	[SQL_OBJECT_GREW] = "UPDATE object SET have = ?3 WHERE device = ?1 AND id = ?2",
	[SQL_OBJECT_READ] = "SELECT offset, bytes FROM object_piece WHERE object = " OBJECT_ROW
			    " AND offset <= ?3 ORDER BY offset DESC LIMIT 1",
	[SQL_OBJECT_REMOVE_PIECES] = "DELETE FROM object_piece WHERE object = " OBJECT_ROW,
	[SQL_OBJECT_REMOVE_TARGETS] = "DELETE FROM object_target WHERE object = ?2 AND ?1 = zeroblob(16)",
	[SQL_OBJECT_REMOVE] = "DELETE FROM object WHERE device = ?1 AND id = ?2",
	[SQL_OBJECT_USED] = "SELECT ifnull(sum(size), 0) FROM object WHERE device = ?1",
	[SQL_OBJECT_OLD] = "SELECT " OBJECT ", row FROM object WHERE created_us < ?1 AND"
			   " (device != zeroblob(16) OR state = 1) ORDER BY row LIMIT 1",
	/* From the few targets that wait to their objects: most devices have none, and then nothing is set up. */
	[SQL_OBJECT_WAITING] =
		"SELECT " OBJECT ", row FROM object WHERE row = (SELECT min(o.row) FROM object_target AS t"
		" CROSS JOIN object AS o ON o.device = zeroblob(16) AND o.id = t.object"
		" WHERE t.device = ?1 AND t.state <= 2 AND o.state = 2)",
	[SQL_OBJECT_TARGET_PUT] =
		"INSERT OR REPLACE INTO object_target(object, device, state, updated_us, text) VALUES(?1,?2,?3,?4,?5)",
	[SQL_OBJECT_TARGET_GET] =
		"SELECT object, device, state, updated_us, text FROM object_target WHERE device = ?1 AND object = ?2",
	[SQL_OBJECT_TARGET_LIST] =
		"SELECT object, device, state, updated_us, text FROM object_target WHERE object = ?1 ORDER BY device",
	[SQL_OUTPUT_ADD] =
		"INSERT INTO output(" OUTPUT ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
		" ?14, ?15, ?16, ?17, ?18)",
	[SQL_OUTPUT_GET] = "SELECT " OUTPUT " FROM output WHERE name = ?1",
	[SQL_OUTPUT_LIST] = "SELECT " OUTPUT " FROM output ORDER BY name",
	[SQL_OUTPUT_REMOVE] = "DELETE FROM output WHERE name = ?1",
	[SQL_OUTPUT_REMOVE_ITEMS] = "DELETE FROM output_item WHERE output = ?1",
	[SQL_OUTPUT_STATE_GET] = "SELECT " OUTPUT_STATE " FROM output WHERE name = ?1",
	[SQL_OUTPUT_STATE_PUT] = "UPDATE output SET (" OUTPUT_STATE ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
				 " WHERE name = ?10",
	[SQL_OUTPUT_CHANGED] = "INSERT OR IGNORE INTO output_changed(device, incident) SELECT ?1, ?2"
			       " WHERE EXISTS (SELECT 1 FROM output)",
	[SQL_OUTPUT_CHANGED_FIRST] = "SELECT device, incident FROM output_changed LIMIT 1",
	[SQL_OUTPUT_CHANGED_REMOVE] = "DELETE FROM output_changed WHERE device = ?1 AND incident = ?2",
	[SQL_OUTPUT_ITEM_PUT] = "INSERT OR REPLACE INTO output_item(" OUTPUT_ITEM ", output)"
				" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_OUTPUT_ITEM_GET] = "SELECT " OUTPUT_ITEM " FROM output_item"
				" WHERE output = ?1 AND device = ?2 AND incident = ?3",
	[SQL_OUTPUT_DUE] = "SELECT " OUTPUT_ITEM " FROM output_item WHERE output = ?1 AND due_us > 0 AND due_us <= ?2"
			   " ORDER BY due_us, device, incident LIMIT ?3",
	[SQL_OUTPUT_WAITING] = "SELECT count(*), ifnull(min(due_us), 0) FROM output_item"
			       " WHERE output = ?1 AND due_us > 0",
	[SQL_OUTPUT_RETAIN] = "DELETE FROM output_item WHERE NOT EXISTS (SELECT 1 FROM incident AS i"
			      " WHERE i.id = output_item.incident AND i.device = output_item.device)",
	[SQL_CROWD_PUT] = "INSERT INTO crowd(kind, name, said_us, last_us, seen) VALUES(?1, ?2, ?3, ?4, ?5)"
			  " ON CONFLICT DO UPDATE SET said_us = ?3, last_us = ?4, seen = ?5",
	[SQL_CROWD_REMOVE] = "DELETE FROM crowd WHERE kind = ?1 AND name = ?2",
	[SQL_CROWD_RETAIN] = "DELETE FROM crowd WHERE kind = ?1 AND last_us < ?2",
	[SQL_CROWD_LIST] = "SELECT name, said_us, seen FROM crowd WHERE kind = ?1",
	/* Replaced, it is a new row: the latest. */
	[SQL_OFFER_PUT] = "INSERT OR REPLACE INTO offer(" OFFER ") VALUES(?1, ?2, ?3)",
	[SQL_OFFER_RETAIN] = "DELETE FROM offer WHERE row NOT IN (SELECT row FROM offer ORDER BY row DESC LIMIT ?1)",
	[SQL_OFFER_LIST] = "SELECT " OFFER " FROM offer WHERE until_us > ?1 ORDER BY row",
	[SQL_HUSH_PUT] = "INSERT OR REPLACE INTO hush(" HUSH ", one) VALUES(?1, ?2, ?3, ?4, 1)",
	[SQL_HUSH_GET] = "SELECT " HUSH " FROM hush",
	[SQL_FACTORY_PUT] = "INSERT OR REPLACE INTO factory(" FACTORY ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_FACTORY_GET] = "SELECT " FACTORY " FROM factory WHERE name = ?1",
	[SQL_FACTORY_LIST] = "SELECT " FACTORY " FROM factory ORDER BY name",
	[SQL_ORIGIN_PUT] = "INSERT OR REPLACE INTO origin(factory, serial, device) VALUES(?1, ?2, ?3)",
	[SQL_ORIGIN_GET] = "SELECT factory, serial, device FROM origin WHERE factory = ?1 AND serial = ?2",
	[SQL_ORIGIN_OF] = "SELECT factory, serial, device FROM origin WHERE device = ?1",
	[SQL_ORIGIN_LIST] = "SELECT factory, serial, device FROM origin",
	[SQL_USER_PUT] = "INSERT OR REPLACE INTO user(" USER ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_USER_GET] = "SELECT " USER " FROM user WHERE name = ?1",
	[SQL_USER_LIST] = "SELECT " USER " FROM user ORDER BY name",
	[SQL_SESSION_PUT] = "INSERT OR REPLACE INTO session(" SESSION ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_SESSION_GET] = "SELECT " SESSION " FROM session WHERE token_sha256 = ?1",
	[SQL_SESSION_LIST] = "SELECT " SESSION " FROM session ORDER BY user, created_us, token_sha256",
	[SQL_SESSION_USE] = "UPDATE session SET used_us = ?2 WHERE token_sha256 = ?1",
	[SQL_SESSION_REMOVE] = "DELETE FROM session WHERE token_sha256 = ?1",
	[SQL_SESSION_KEEP] = "DELETE FROM session WHERE user = ?1 AND token_sha256 != ?2",
	[SQL_SESSION_EXPIRE] = "DELETE FROM session WHERE expires_us < ?1",
	[SQL_PASSKEY_PUT] = "INSERT OR REPLACE INTO passkey(" PASSKEY ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_PASSKEY_GET] = "SELECT " PASSKEY " FROM passkey WHERE id_sha256 = ?1",
	[SQL_PASSKEY_LIST] = "SELECT " PASSKEY " FROM passkey WHERE user = ?1 ORDER BY created_us, id_sha256",
	[SQL_PASSKEY_REMOVE] = "DELETE FROM passkey WHERE id_sha256 = ?1",
	[SQL_PASSKEY_FORGET] = "DELETE FROM passkey WHERE user = ?1",
	[SQL_AUDIT_PUT] = "INSERT INTO audit(" AUDIT ", row) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_AUDIT_LAST] = "SELECT row, hash FROM audit ORDER BY row DESC LIMIT 1",
	[SQL_AUDIT_LIST] = "SELECT " AUDIT ", row FROM audit WHERE row < ?1 ORDER BY row DESC LIMIT ?2",
	[SQL_AUDIT_FOLLOW] = "SELECT " AUDIT ", row FROM audit WHERE row > ?1 ORDER BY row LIMIT ?2",
	[SQL_BYTES_USED] =
		"SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size) -"
		" (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)",
	[SQL_BACKUP] = "VACUUM INTO ?1",
	/* max() and min() in one SELECT walk a whole index; each alone looks at its end. */
	[SQL_FIGURES] = "SELECT ifnull((SELECT max(row) FROM batch) - (SELECT min(row) FROM batch) + 1, 0),"
			" (SELECT ifnull(sum(records), 0) FROM spool), (SELECT count(*) FROM device WHERE deleted = 0),"
			" (SELECT count(*) FROM incident WHERE state != 3)",
};

#define COPY(table, columns) \
	"DELETE FROM " table ";INSERT INTO " table "(" columns ") SELECT " columns " FROM kept_" table ";"

const char sqlite_sql_restore[] = COPY("incident", "row, " INCIDENT) COPY("receipt", "row, " RECEIPT_COLUMNS)
	COPY("chain", CHAIN) COPY("answer", ANSWER) COPY("problems", HEALTH) COPY("note", "row, " NOTE)
		COPY("position", "one, position");

const char sqlite_sql_clear[] = "DELETE FROM @incident;DELETE FROM @receipt;DELETE FROM @chain;DELETE FROM @answer;"
				"DELETE FROM @problems;DELETE FROM @note;DELETE FROM @position;";
