/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's checks of the store. One that an earlier version made is not opened, since that would change it. */
#include "proto/audit_chain.h"
#include "server-stub/shell/doctor.h"
#include "server-stub/shell/storage.h"
#include "server-stub/store/person.h"
#include "server-stub/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ROWS_AT_ONCE 500

/* The store, if it is of this version; NULL after saying why it is not looked into. */
static struct store *open_store(struct doctor *d)
{
	char path[FLEET_FILE_PATH_MAX], error[STORAGE_ERROR_MAX];
	struct store_version version;
	struct store *s = NULL;
	enum err err = fleet_file_path((struct fleet_file){d->dir, STORAGE_NAME}, path);

	if (err == ERR_OK)
		err = store_version(path, &version);
	if (err != ERR_OK)
		doctor_say(d, DOCTOR_FAIL, "%s: %s", path, storage_advice(err));
	else if (version.now < version.ours)
		doctor_say(d, DOCTOR_WARN,
			   "%s is of version %d; the next start brings it to %d: copy it first, caltrop-server backup",
			   path, version.now, version.ours);
	else if (storage_open(d->dir, d->has_fleet ? d->fleet.id : NULL, &s, error) != ERR_OK)
		doctor_say(d, DOCTOR_FAIL, "%s", error);
	return s;
}

void doctor_store(struct doctor *d)
{
	struct store_figures f = {.batches = 0};
	struct store *s = open_store(d);
	enum err err;

	if (!s)
		return;
	err = store_check(s);
	if (err == ERR_OK)
		err = store_figures(s, &f);
	if (err != ERR_OK)
		doctor_say(d, DOCTOR_FAIL, "the store is damaged (%s): caltrop-server restore --from BACKUP",
			   err_text(err));
	else
		doctor_say(d, DOCTOR_OK,
			   "the store is whole: %" PRIu64 " devices, %" PRIu64 " records, %" PRIu64 " MiB", f.devices,
			   f.records, f.bytes >> 20);
	store_close(s);
}

struct store *doctor_store_open(const struct doctor *d)
{
	char error[STORAGE_ERROR_MAX], path[FLEET_FILE_PATH_MAX];
	struct store_version version;
	struct store *s = NULL;

	if (fleet_file_path((struct fleet_file){d->dir, STORAGE_NAME}, path) != ERR_OK ||
	    store_version(path, &version) != ERR_OK || version.now != version.ours ||
	    storage_open(d->dir, NULL, &s, error) != ERR_OK)
		return NULL;
	return s;
}

struct chain {
	uint8_t hash[AUDIT_CHAIN_HASH];
	uint64_t last, count, wrong; /* rows */
};

static bool each_row(void *arg, uint64_t rowid, const struct person_audit *a)
{
	static const uint8_t none[STORE_HASH];
	struct chain *c = arg;
	const struct audit_chain_row row = {
		.row = rowid,
		.wall_us = a->wall_us,
		.status = a->status,
		.user = str_from(a->user),
		.action = str_from(a->action),
		.detail = str_from(a->detail),
		.address = str_from(a->address),
	};

	c->last = rowid;
	c->count++;
	if (memcmp(a->hash, none, sizeof(none)) == 0)
		return true;
	audit_chain_next(&row, c->hash, c->hash);
	if (memcmp(c->hash, a->hash, sizeof(a->hash)) != 0 && !c->wrong)
		c->wrong = rowid;
	memcpy(c->hash, a->hash, sizeof(a->hash));
	return true;
}

void doctor_audit(struct doctor *d)
{
	struct store *s = doctor_store_open(d);
	struct chain c = {.last = 0};
	uint64_t before;
	enum err err;

	if (!s)
		return;
	do {
		before = c.count;
		err = person_audit_follow(s, c.last, ROWS_AT_ONCE, each_row, &c);
	} while (err == ERR_OK && c.count > before);
	store_close(s);
	if (err != ERR_OK)
		doctor_say(d, DOCTOR_FAIL, "the audit log cannot be read: %s", err_text(err));
	else if (c.wrong)
		doctor_say(d, DOCTOR_FAIL,
			   "the audit log was changed at or before row %" PRIu64
			   ": keep a copy of the store and look into who could write to it",
			   c.wrong);
	else
		doctor_say(d, DOCTOR_OK, "the audit log's %" PRIu64 " rows form one chain", c.count);
}
