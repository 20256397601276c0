/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store in production: one SQLite file in WAL mode with synchronous=FULL, so that a commit that returned survives a
 * power cut (https://www.sqlite.org/pragma.html#pragma_synchronous). Opens it, and lists what the other sqlite_*.c
 * files do.
 */
#include "server-stub/store/sqlite.h"

#include "server-stub/store/sqlite_chain.h"
#include "server-stub/store/sqlite_device.h"
#include "server-stub/store/sqlite_order.h"
#include "server-stub/store/sqlite_person.h"
#include "server-stub/store/sqlite_record.h"
#include "server-stub/store/sqlite_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 5000 /* of other processes; our own stand in line at the gate */

/* Page size and auto-checkpoint were measured with tests/bench: larger pages write fewer frames a batch. */
static const char setup[] = "PRAGMA page_size = 8192;"
			    "PRAGMA journal_mode = WAL;"
			    "PRAGMA synchronous = FULL;"
			    "PRAGMA foreign_keys = ON;"
			    "PRAGMA temp_store = MEMORY;"
			    "PRAGMA cache_size = -8192;"
			    "PRAGMA wal_autocheckpoint = 2000;"
			    "PRAGMA journal_size_limit = 67108864;";

static void sqlite_close(struct store *store)
{
	struct sqlite *s = (struct sqlite *)store;

	if (s->in_transaction)
		sqlite_rollback(store);
	for (unsigned i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	sqlite_gate_close(s->gate);
	free(s);
}

/* A path that is no database of ours must not become one; a new file is for its owner alone. */
static enum err sqlite_open_file(struct sqlite *s, const char *path)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	mode_t before = umask(0077);
	int result = sqlite3_open_v2(path, &s->db, flags, NULL);
	enum err err;

	umask(before);
	err = sqlite_query_error(s, result);
	if (err != ERR_OK)
		return err;
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return ERR_OK;
}

static enum err sqlite_open(const char *path, struct store **out)
{
	struct sqlite *s = calloc(1, sizeof(*s));
	enum err err = ERR_NO_MEMORY;

	*out = NULL;
	if (!s)
		return err;
	s->base.kind = &sqlite_kind;
	s->gate = sqlite_gate_open(path);
	if (!s->gate)
		goto out;
	err = sqlite_gate_enter(s->gate);
	if (err != ERR_OK)
		goto out;
	err = sqlite_open_file(s, path);
	if (err == ERR_OK)
		err = sqlite_query_error(s, sqlite3_exec(s->db, setup, NULL, NULL, NULL));
	sqlite_gate_leave(s->gate);
	if (err == ERR_OK)
		err = sqlite_schema_migrate(s);
out:
	if (err != ERR_OK)
		sqlite_close(&s->base);
	else
		*out = &s->base;
	return err;
}

/* The file is made first, so that it is nobody else's and never an old one. */
static enum err sqlite_backup(struct store *store, const char *path)
{
	struct sqlite *s = (struct sqlite *)store;
	sqlite3_stmt *query = sqlite_query(s, SQL_BACKUP);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err err = ERR_OK;

	if (fd < 0)
		return err_from_errno(errno);
	sqlite_query_text(query, 1, path);
	while (sqlite_query_row(s, query, &err))
		;
	if (err == ERR_OK && fsync(fd) != 0)
		err = err_from_errno(errno);
	close(fd);
	if (err != ERR_OK)
		unlink(path);
	return err;
}

const struct store_kind sqlite_kind = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.device_put = sqlite_device_put,
	.device_get = sqlite_device_get,
	.device_by_csr = sqlite_device_by_csr,
	.device_by_name = sqlite_device_by_name,
	.device_list = sqlite_device_list,
	.device_presence = sqlite_device_presence,
	.device_absent_all = sqlite_device_absent_all,
	.token_put = sqlite_device_token_put,
	.token_get = sqlite_device_token_get,
	.token_list = sqlite_device_token_list,
	.committed = sqlite_record_committed,
	.batch_put = sqlite_record_put,
	.batch_list = sqlite_record_list,
	.incident_put = sqlite_record_incident_put,
	.incident_get = sqlite_record_incident_get,
	.incident_of = sqlite_record_incident_of,
	.incident_list = sqlite_record_incident_list,
	.receipt_put = sqlite_record_receipt_put,
	.receipt_list = sqlite_record_receipt_list,
	.receipt_prove = sqlite_chain_receipt_prove,
	.receipt_hash = sqlite_chain_receipt_hash,
	.chain_put = sqlite_chain_put,
	.chain_get = sqlite_chain_get,
	.order_put = sqlite_order_put,
	.order_get = sqlite_order_get,
	.order_list = sqlite_order_list,
	.target_put = sqlite_order_target_put,
	.target_get = sqlite_order_target_get,
	.target_list = sqlite_order_target_list,
	.target_waiting = sqlite_order_target_waiting,
	.target_expire = sqlite_order_target_expire,
	.user_put = sqlite_person_put,
	.user_get = sqlite_person_get,
	.session_put = sqlite_person_session_put,
	.session_get = sqlite_person_session_get,
	.session_remove = sqlite_person_session_remove,
	.session_keep = sqlite_person_session_keep,
	.audit_put = sqlite_person_audit_put,
	.audit_list = sqlite_person_audit_list,
	.retain = sqlite_record_retain,
	.backup = sqlite_backup,
	.figures = sqlite_record_figures,
};
