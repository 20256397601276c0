/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an event of each change that caltropd's lookout tells of, and says how severe it is: by what the file decides,
 * and less while packages are being updated. It keeps no file; the lookout does.
 */
#include "agent/base/buf.h"
#include "agent/common/lookout_sample.h"
#include "agent/sensors/sensors.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 12u
#define S_SUID 04000u
#define S_SGID 02000u
#define S_GROUP_RUNS 00010u

/* Texts of the event that is being made. */
struct scratch {
	char hash[2 * LOOKOUT_HASH_BYTES], hash_before[2 * LOOKOUT_HASH_BYTES];
	char mode[NUMBER_MAX], mode_before[NUMBER_MAX], owner[NUMBER_MAX], owner_before[NUMBER_MAX], uid[NUMBER_MAX];
};

struct state {
	uint64_t changes, unknown, damaged;
	struct lookout_state watched;
	char problem[256];
	struct scratch scratch;
};

/* A sample and its texts, which point into the bytes it was read from. */
struct change {
	struct lookout_file head;
	struct str path, exe, target, name;
};

static struct str take(struct str *rest, size_t len)
{
	struct str text = str_sub(*rest, 0, len);

	*rest = str_sub(*rest, len, rest->len);
	return text;
}

static bool read_change(struct str bytes, struct change *c)
{
	struct lookout_file *h = &c->head;
	struct str rest = str_sub(bytes, sizeof(*h), bytes.len);

	if (bytes.len < sizeof(*h))
		return false;
	memcpy(h, bytes.data, sizeof(*h));
	if (h->action >= FILE_ACTIONS || h->path_len == 0 ||
	    rest.len != (size_t)h->path_len + h->exe_len + h->target_len)
		return false;
	c->path = take(&rest, h->path_len);
	c->exe = take(&rest, h->exe_len);
	c->target = rest;
	c->name = (struct str){h->name, strnlen(h->name, sizeof(h->name))};
	return true;
}

static struct str number(char out[NUMBER_MAX], const char *format, uint32_t value)
{
	return (struct str){out, (size_t)snprintf(out, NUMBER_MAX, format, value)};
}

static struct str hash_text(char out[2 * LOOKOUT_HASH_BYTES], const uint8_t hash[LOOKOUT_HASH_BYTES])
{
	struct buf b = buf_over(out, 2 * LOOKOUT_HASH_BYTES);

	buf_hex(&b, hash, LOOKOUT_HASH_BYTES);
	return buf_str(&b);
}

/* Whether a mode gives its owner's or its group's rights to whoever runs the file. */
static bool lends(uint32_t mode)
{
	return (mode & S_SUID) || (mode & (S_SGID | S_GROUP_RUNS)) == (S_SGID | S_GROUP_RUNS);
}

static bool makes_suid(const struct lookout_file *h)
{
	bool lent = h->flags & LOOKOUT_BEFORE && lends(h->mode_before) && h->owner_before == h->owner;

	return !(h->flags & LOOKOUT_GONE) && h->type == FILE_REGULAR && lends(h->mode) && !lent;
}

static uint8_t severity_of(const struct file_event *e)
{
	static const uint8_t severities[FILE_GROUPS] = {
		[FILE_GROUP_NONE] = SEV_LOW, [FILE_ACCOUNTS] = SEV_MEDIUM,	[FILE_SUDOERS] = SEV_MEDIUM,
		[FILE_SSHD] = SEV_MEDIUM,    [FILE_PAM] = SEV_MEDIUM,		[FILE_CRON] = SEV_MEDIUM,
		[FILE_INIT] = SEV_MEDIUM,    [FILE_KEYS] = SEV_MEDIUM,		[FILE_PROFILE] = SEV_LOW,
		[FILE_PRELOAD] = SEV_HIGH,   [FILE_GUARD] = SEV_HIGH,		[FILE_WEB] = SEV_INFO,
		[FILE_DECOY] = SEV_HIGH,     [FILE_DECOY_BY_UNKNOWN] = SEV_HIGH};

	if (e->update || e->maintenance)
		return SEV_INFO;
	return e->suid ? SEV_HIGH : severities[e->group];
}

static void describe_who(struct file_event *e, const struct change *c, struct scratch *s)
{
	e->pid = c->head.pid;
	e->image = c->exe;
	e->name = c->name;
	if (!(c->head.flags & LOOKOUT_IDS))
		return;
	e->uid = number(s->uid, "%u", c->head.uid);
	e->user = c->head.uid == 0 ? STR("root") : e->uid;
}

static void describe_before(struct file_event *e, const struct lookout_file *h, struct scratch *s)
{
	if (h->flags & LOOKOUT_HASH_BEFORE)
		e->hash_before = hash_text(s->hash_before, h->hash_before);
	if (!(h->flags & LOOKOUT_BEFORE))
		return;
	e->mode_before = number(s->mode_before, "%04o", h->mode_before & 07777);
	e->owner_before = number(s->owner_before, "%u", h->owner_before);
}

static void describe_after(struct file_event *e, const struct change *c, struct scratch *s)
{
	const struct lookout_file *h = &c->head;

	e->gone = h->flags & LOOKOUT_GONE;
	if (e->gone)
		return;
	if (h->flags & LOOKOUT_HASH)
		e->hash = hash_text(s->hash, h->hash);
	e->mode = number(s->mode, "%04o", h->mode & 07777);
	e->owner = number(s->owner, "%u", h->owner);
	e->size = h->size;
	e->target = c->target;
	e->suid = makes_suid(h);
}

/* Putting a decoy there is no touch of it. */
static uint8_t group_of(const struct lookout_file *h, struct str exe)
{
	if (h->group >= FILE_GROUPS || (h->group == FILE_DECOY && h->action == FILE_CREATE))
		return FILE_GROUP_NONE;
	return h->group == FILE_DECOY && str_empty(exe) ? FILE_DECOY_BY_UNKNOWN : h->group;
}

static void changes(struct state *s, const struct change *c, const struct sensors_sink *sink)
{
	const struct lookout_file *h = &c->head;
	struct event event;
	struct file_event *e = &event.file;

	memset(&event, 0, sizeof(event));
	event.kind = EVENT_FILE;
	event.count = 1;
	e->action = h->action;
	e->group = group_of(h, c->exe);
	e->type = h->type < FILE_TYPES ? h->type : FILE_TYPE_NONE;
	e->source = h->source < FILE_SOURCES ? h->source : FILE_SOURCE_NONE;
	e->update = h->flags & LOOKOUT_UPDATE;
	e->maintenance = event.quiet = h->flags & LOOKOUT_MAINTENANCE;
	e->path = c->path;
	describe_who(e, c, &s->scratch);
	describe_before(e, h, &s->scratch);
	describe_after(e, c, &s->scratch);
	event.severity = severity_of(e);
	s->changes++;
	s->unknown += e->pid == 0;
	sink->emit(sink->context, &event);
}

static void tell(struct state *s)
{
	const struct lookout_state *w = &s->watched;
	struct buf b = buf_over(s->problem, sizeof(s->problem) - 1);
	struct str why = {w->why, strnlen(w->why, sizeof(w->why))};

	if (w->maintenance)
		buf_text(&b, "the device is maintained: changes of files raise no alert");
	if (w->blind)
		buf_printf(&b, "%swho changes files is not known in %u of %u directories (%.*s)", b.len ? "; " : "",
			   w->blind, w->dirs, (int)why.len, why.data);
	if (w->full)
		buf_printf(&b, "%smore files are to be watched than FILES_MAX: those beyond have no value before",
			   b.len ? "; " : "");
	if (w->refused)
		buf_printf(&b, "%s%u paths of [files] watch lead over a link and are not watched", b.len ? "; " : "",
			   w->refused);
	if (w->decoys_gone)
		buf_printf(&b, "%s%u files of [files] decoy are not there, or cannot be known", b.len ? "; " : "",
			   w->decoys_gone);
	if (w->unsaved)
		buf_printf(&b, "%swhat files are cannot be kept over a restart", b.len ? "; " : "");
	s->problem[b.len] = '\0';
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct change c;
	uint8_t kind = bytes.len > 2 ? (uint8_t)bytes.data[2] : 0;

	(void)now;
	if (kind == 0 || bytes.data[0] != LOOKOUT_SAMPLE_VERSION || bytes.data[1] != LOOKOUT_FILE) {
		s->damaged++;
	} else if (kind == LOOKOUT_FILE_STATE && bytes.len == sizeof(s->watched)) {
		memcpy(&s->watched, bytes.data, sizeof(s->watched));
		tell(s);
	} else if (kind == LOOKOUT_FILE_CHANGE && read_change(bytes, &c)) {
		changes(s, &c, sink);
	} else {
		s->damaged++;
	}
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"file_changes", s->changes};
	out[1] = (struct sensors_counter){"file_by_unknown", s->unknown};
	out[2] = (struct sensors_counter){"file_missed", s->watched.missed};
	out[3] = (struct sensors_counter){"file_known", s->watched.files};
	out[4] = (struct sensors_counter){"file_dirs", s->watched.dirs};
	out[5] = (struct sensors_counter){"file_damaged", s->damaged};
	return 6;
}

static const char *problem(const void *state)
{
	const struct state *s = state;

	return s->problem[0] ? s->problem : NULL;
}

static const char *off(const struct settings *settings)
{
	return settings->file_watch ? NULL : "files are not watched: set enabled = yes in [files] of caltrop.conf";
}

const struct sensors_row file_sensor_row = {
	.name = "file",
	.section = "files",
	.source = SENSORS_SOURCE_FILE,
	.kinds = 1u << EVENT_FILE,
	.size = sizeof(struct state),
	.decode = decode,
	.off = off,
	.counters = counters,
	.problem = problem,
};
