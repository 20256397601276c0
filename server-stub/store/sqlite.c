/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store in production: one SQLite file in WAL mode with synchronous=FULL, so that a commit that returned survives a
 * power cut (https://www.sqlite.org/pragma.html#pragma_synchronous). Opens it, and lists what the other sqlite_*.c
 * files do.
 */
#include "server-stub/store/sqlite.h"

#include "server-stub/store/sqlite_care.h"
#include "server-stub/store/sqlite_examine.h"
#include "server-stub/store/sqlite_schema.h"
#include "server-stub/store/sqlite_version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
		for (unsigned set = 0; set < 2; set++)
			sqlite3_finalize(s->statements[set][i]);
	sqlite3_close(s->db);
	sqlite_gate_close(s->gate);
	free(s);
}

/* A new file is for its owner alone. SQLite makes none: a store in the wrong place would be an empty fleet. */
static enum err make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_from_errno(errno);
	close(fd);
	return ERR_OK;
}

static enum err open_file(struct sqlite *s, const char *path)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	mode_t before = umask(0077);
	int result = sqlite3_open_v2(path, &s->db, flags, NULL);
	enum err err;

	umask(before);
	err = sqlite_query_error(s, result);
	if (err != ERR_OK)
		return err;
	sqlite3_busy_timeout(s->db, SQLITE_BUSY_MS);
	sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return ERR_OK;
}

static enum err set_up(struct sqlite *s, const char *path, bool is_new)
{
	enum err err = sqlite_gate_enter(s->gate);

	if (err != ERR_OK)
		return err;
	if (is_new)
		err = make_file(path);
	if (err == ERR_OK)
		err = open_file(s, path);
	if (err == ERR_OK)
		err = sqlite_query_error(s, sqlite3_exec(s->db, setup, NULL, NULL, NULL));
	sqlite_gate_leave(s->gate);
	return err == ERR_OK ? sqlite_schema_migrate(s, is_new) : err;
}

static enum err sqlite_open(const char *path, bool is_new, struct store **out)
{
	struct sqlite *s = calloc(1, sizeof(*s));
	enum err err = ERR_NO_MEMORY;

	*out = NULL;
	if (!s)
		return err;
	s->base.kind = &sqlite_kind;
	s->gate = sqlite_gate_open(path);
	if (s->gate)
		err = set_up(s, path, is_new);
	if (err != ERR_OK)
		sqlite_close(&s->base);
	else
		*out = &s->base;
	return err;
}

/* A store from before stores had an identity has an empty one, and gets that of who opens it first. */
static enum err sqlite_claim(struct store *store, const uint8_t *fleet)
{
	struct sqlite *s = (struct sqlite *)store;
	sqlite3_stmt *query = sqlite_query(s, SQL_IDENTITY_GET);
	uint8_t owner[STORE_FLEET];
	bool is_claimed;
	enum err err;

	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_CORRUPT : err;
	is_claimed = sqlite3_column_bytes(query, 0) > 0;
	sqlite_query_bytes(query, 0, owner, sizeof(owner));
	sqlite3_reset(query);
	if (is_claimed)
		return memcmp(owner, fleet, STORE_FLEET) == 0 ? ERR_OK : ERR_FOREIGN;
	query = sqlite_query(s, SQL_IDENTITY_PUT);
	sqlite_query_blob(query, 1, fleet, STORE_FLEET);
	return sqlite_query_write(s, query);
}

/* In WAL mode a commit is then written and not synced; what is synced later takes it along, in order. */
static enum err sqlite_relax(struct store *store)
{
	struct sqlite *s = (struct sqlite *)store;

	return sqlite_query_error(s, sqlite3_exec(s->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL));
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
	.open = sqlite_open,
	.version = sqlite_version_read,
	.claim = sqlite_claim,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.relax = sqlite_relax,
	.gap = sqlite_care_gap,
	.gap_put = sqlite_care_gap_put,
	.latest = sqlite_care_latest,
	.check = sqlite_care_check,
	.examine = sqlite_examine,
	.backup = sqlite_backup,
	.figures = sqlite_care_figures,
	.log = &sqlite_log,
	.registry = &sqlite_registry,
	.views = &sqlite_views,
	.person = &sqlite_person,
	.object = &sqlite_object,
	.output = &sqlite_output,
	.crowd = &sqlite_crowd,
	.factory = &sqlite_factory,
};
