/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes entries of the log of notices, and incidents of these. The bytes of an entry, big-endian: version:u8 rule:u8
 * is_over:u8 episode:u64 since_us:u64, then the text; the entry has the device and the time.
 */
#include "server-stub/ingest/notice.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/severity.h"
#include "agent/base/view.h"
#include "server-stub/store/views.h"

#include <stdio.h>
#include <string.h>

static const struct row {
	enum severity severity;
	const char *id, *title, *tags;
} rows[] = {
	[NOTICE_TWINS] = {SEV_HIGH, "identity_twins", "Two guards use the identity of one device at a time",
			  "attack.t1552.004"},
	[NOTICE_SUPERSEDED] = {SEV_HIGH, "identity_superseded", "A certificate was used that a newer one had replaced",
			       "attack.t1552.004"},
	[NOTICE_SILENT] = {SEV_MEDIUM, "device_silent", "The device is silent", "attack.t1562"},
	[NOTICE_CROWD] = {SEV_HIGH, "source_on_many", "One source attacks many devices", "attack.t1110"},
	[NOTICE_SPREAD] = {SEV_MEDIUM, "file_on_many", "One new file came to many devices", "attack.t1570"},
	[NOTICE_HUSH] = {SEV_HIGH, "silent_on_many", "Many devices fell silent at a time", "attack.t1562"},
};

#define VERSION 1
#define BYTES_MAX (3 + 2 * 8 + NOTICE_TEXT_MAX)
#define ROWS (sizeof(rows) / sizeof(rows[0]))

bool notice_is_ours(const char *rule_id)
{
	for (size_t i = 1; i < ROWS; i++)
		if (strcmp(rule_id, rows[i].id) == 0)
			return true;
	return false;
}

/* One device, rule and episode have one incident, so no memory is needed of those that are open. */
static void name(const struct notice *n, uint8_t id[STORE_ID])
{
	uint8_t bytes[64], digest[STORE_HASH];
	struct buf b = buf_over(bytes, sizeof(bytes));

	buf_text(&b, rows[n->rule].id);
	buf_bytes(&b, n->device, STORE_ID);
	buf_be64(&b, (uint64_t)n->episode);
	key_sha256(b.data, b.len, digest);
	memcpy(id, digest, STORE_ID);
}

static void begin(const struct notice *n, struct views_incident *i)
{
	const struct row *row = &rows[n->rule];

	memset(i, 0, sizeof(*i));
	name(n, i->id);
	memcpy(i->device, n->device, STORE_ID);
	i->severity = (uint8_t)row->severity;
	i->first_us = n->since_us;
	snprintf(i->rule_id, sizeof(i->rule_id), "%s", row->id);
	snprintf(i->title, sizeof(i->title), "%s", row->title);
	snprintf(i->author, sizeof(i->author), "caltrop");
	snprintf(i->tags, sizeof(i->tags), "%s", row->tags);
}

static void add_evidence(const struct notice *n, struct views_incident *i)
{
	size_t len = strlen(i->evidence);

	if (n->text[0] && sizeof(i->evidence) - len > NOTICE_TEXT_MAX + 1)
		snprintf(i->evidence + len, sizeof(i->evidence) - len, "%s%s", len ? "\n" : "", n->text);
}

enum err notice_post(struct store *s, const struct notice *n)
{
	uint8_t memory[BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct log_batch entry = {.kind = LOG_NOTICE, .received_us = n->wall_us};

	buf_be8(&b, VERSION);
	buf_be8(&b, (uint8_t)n->rule);
	buf_be8(&b, n->is_over);
	buf_be64(&b, (uint64_t)n->episode);
	buf_be64(&b, (uint64_t)n->since_us);
	buf_text(&b, n->text);
	memcpy(entry.device, n->device, STORE_ID);
	entry.blob = buf_str(&b);
	return log_append(s, &entry);
}

static enum err read_entry(const struct log_batch *entry, struct notice *out)
{
	struct view v = view_over(entry->blob.data, entry->blob.len);
	unsigned rule;

	memset(out, 0, sizeof(*out));
	if (view_be8(&v) != VERSION)
		return ERR_PROTOCOL;
	rule = view_be8(&v);
	out->is_over = view_be8(&v) != 0;
	out->episode = (int64_t)view_be64(&v);
	out->since_us = (int64_t)view_be64(&v);
	if (v.short_read || v.len >= NOTICE_TEXT_MAX || rule == 0 || rule >= ROWS)
		return ERR_PROTOCOL;
	view_bytes(&v, out->text, v.len);
	out->rule = (enum notice_rule)rule;
	out->wall_us = entry->received_us;
	memcpy(out->device, entry->device, STORE_ID);
	return ERR_OK;
}

/* *known: there is one. A device that guessed its id before has not named our rule. */
static enum err find(struct store *s, const struct notice *n, struct views_incident *out, bool *known)
{
	uint8_t id[STORE_ID];
	enum err err;

	name(n, id);
	err = views_incident_of(s, n->device, id, out);
	*known = err == ERR_OK && strcmp(out->rule_id, rows[n->rule].id) == 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err notice_is_known(struct store *s, const struct notice *n, bool *known)
{
	struct views_incident i;

	return find(s, n, &i, known);
}

enum err notice_is_open(struct store *s, const struct notice *n, bool *open)
{
	struct views_incident i;
	enum err err = find(s, n, &i, open);

	*open = *open && i.state == INCIDENT_OPEN;
	return err;
}

/* Open the incident, or count it once more and open it again if it was closed, or close it. */
static enum err tell(struct store *s, const struct notice *n, const struct follow_news *news)
{
	struct views_incident i;
	bool known;
	enum err err = find(s, n, &i, &known);

	if (err != ERR_OK || (n->is_over && (!known || i.state == INCIDENT_CLOSED)))
		return err;
	/* A sweep after a start of the service, and the counting when views are made anew, find the same once more. */
	if (!n->is_over && known && (n->rule == NOTICE_SILENT || n->rule == NOTICE_CROWD || n->rule == NOTICE_SPREAD))
		return ERR_OK;
	if (!known)
		begin(n, &i);
	i.state = n->is_over ? INCIDENT_CLOSED : INCIDENT_OPEN;
	i.count += !n->is_over;
	i.held_us = 0;
	i.last_us = i.received_us = n->wall_us;
	add_evidence(n, &i);
	err = views_incident_put(s, &i);
	if (err == ERR_OK && news->incident)
		news->incident(news->context, &i);
	return err;
}

enum err notice_fold(struct store *s, const struct log_batch *entry, const struct follow_news *news)
{
	struct notice n;
	enum err err = read_entry(entry, &n);

	return err == ERR_OK ? tell(s, &n, news) : err;
}
