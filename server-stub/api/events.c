/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks batches and writes the records that pass the filter. Ingest refused records that do not unpack. */
#include "server-stub/api/events.h"

#include "agent/base/addr.h"
#include "agent/base/now.h"
#include "caltrop/v1/link.pb-c.h"
#include "server-stub/api/hint.h"
#include "server-stub/api/names.h"
#include "server-stub/api/page.h"
#include "server-stub/api/record.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/search.h"
#include "server-stub/api/stream.h"
#include "server-stub/api/when.h"
#include "server-stub/store/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BATCHES 64 /* per turn of one stream */
#define PLACE_BYTES 48

#define PLACE_END INT64_MAX /* behind all entries of the batch */

/* Where a record is in the log, which is its id. Entries that are taken out of a batch (ingest/thin.h) move no other.
 */
struct place {
	uint64_t batch;
	uint64_t entry; /* how far its sequence number is from the batch's first */
};

static struct place place_of(uint64_t batch, const struct log_batch *stored, const Caltrop__V1__Entry *entry)
{
	return (struct place){batch, (entry->seq - stored->first_seq) & INT64_MAX};
}

static void write_place(const struct place *p, char out[PLACE_BYTES])
{
	snprintf(out, PLACE_BYTES, "%llu.%llu", (unsigned long long)p->batch, (unsigned long long)p->entry);
}

/* "12.3"; ERR_INVALID */
static enum err parse_place(struct str text, struct place *out)
{
	uint64_t batch, entry;
	struct str first = str_cut(&text, '.');

	if (str_number(first, INT64_MAX, &batch) || str_number(text, INT64_MAX, &entry))
		return ERR_INVALID;
	*out = (struct place){batch, entry};
	return ERR_OK;
}

static bool kind_param(struct call *call, uint32_t *kind)
{
	char text[32], memory[256];
	struct buf names = buf_over(memory, sizeof(memory) - 1);

	*kind = 0;
	if (!page_text(call, "kind", text, sizeof(text)))
		return false;
	if (!text[0] || (*kind = record_kind(str_from(text))) != 0)
		return true;
	record_kinds(&names);
	memory[names.len] = '\0';
	reply_error(call, FAULT_INVALID, "The parameter kind is one of:%s.", memory);
	return false;
}

static bool outcome_param(struct call *call, struct record_filter *f)
{
	const char *words = record_outcomes(f->kind);
	unsigned place;

	if (!page_text(call, "outcome", f->outcome, sizeof(f->outcome)))
		return false;
	if (!f->outcome[0] || words[0])
		return page_word(call, "outcome", words, &place);
	reply_error(call, FAULT_INVALID, "Records of this kind have no outcome.");
	return false;
}

/* An address is looked for as records have it; what looks like one and is none is a mistake, not a host name. */
static bool src_param(struct call *call, char src[ADDR_TEXT_MAX])
{
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	src[0] = '\0';
	if (!page_text(call, "src", text, sizeof(text)))
		return false;
	if (addr_parse_prefix(str_from(text), &addr) == ERR_OK) {
		addr_text(&addr, src);
		return true;
	}
	memcpy(src, text, sizeof(text));
	if (!text[0] || (text[strspn(text, "0123456789./")] != '\0' && !strpbrk(text, ":/")))
		return true;
	reply_error(call, FAULT_INVALID, "The parameter src is an address, a network or a host name.");
	return false;
}

static bool time_params(struct call *call, struct record_filter *f)
{
	if (!when_param(call, "since", &f->since_us) || !when_param(call, "until", &f->until_us))
		return false;
	if (!f->since_us || !f->until_us || f->since_us < f->until_us)
		return true;
	reply_error(call, FAULT_INVALID, "The time in until is not after that in since.");
	return false;
}

static bool found_one(void *arg, const struct registry_device *d)
{
	(void)d;
	*(bool *)arg = true;
	return false;
}

/* A group that no device is in is a mistake, as for the list of devices. */
static bool group_param(struct call *call, char group[STORE_NAME_MAX])
{
	bool found = false;
	enum err err;

	if (!page_text(call, "group", group, STORE_NAME_MAX))
		return false;
	if (!group[0])
		return true;
	err = registry_device_list(call->api->env.store, group, NULL, 1, found_one, &found);
	if (err != ERR_OK)
		reply_store(call, err, "device", "");
	else if (!found)
		reply_error(call, FAULT_NOT_FOUND, "No device is in a group %s.", group);
	return found;
}

static bool parse_filter(struct call *call, struct record_filter *f)
{
	struct registry_device device;

	if (!kind_param(call, &f->kind) || !src_param(call, f->src) || !group_param(call, f->group) ||
	    !page_text(call, "user", f->user, sizeof(f->user)) ||
	    !page_text(call, "process", f->process, sizeof(f->process)) ||
	    !page_text(call, "rule", f->rule, sizeof(f->rule)) || !outcome_param(call, f) || !time_params(call, f) ||
	    !page_device(call, &f->has_device, &device))
		return false;
	if (f->has_device)
		memcpy(f->device, device.id, STORE_ID);
	return true;
}

struct event {
	struct place place;
	const struct log_batch *batch;
	uint64_t seq;
	const Caltrop__V1__Record *record;
};

static void put(struct api *api, struct json *j, const struct event *e)
{
	char id[PLACE_BYTES];

	write_place(&e->place, id);
	json_begin_object(j);
	json_key(j, "id");
	json_text(j, id);
	names_put(api, j, e->batch->device);
	json_key(j, "seq");
	json_u64(j, e->seq);
	reply_time(j, "received", e->batch->received_us);
	record_put(j, e->record);
	json_end_object(j);
}

struct list {
	struct page page;
	struct record_filter filter;
	struct place before; /* the last event of the page before; batch 0: none */
};

static void list_next(struct list *l, struct place p)
{
	_Static_assert(sizeof(l->page.next) >= PLACE_BYTES, "a page has room for the place of its next one");
	write_place(&p, l->page.next);
}

/* The record, if it may be wanted. */
static Caltrop__V1__Record *maybe(const struct record_filter *f, ProtobufCBinaryData encoded)
{
	if (!hint_record(f, (struct str){(const char *)encoded.data, encoded.len}))
		return NULL;
	return caltrop__v1__record__unpack(NULL, encoded.len, encoded.data);
}

/* The entries of one batch from the last to the first. */
static bool list_entries(struct list *l, const Caltrop__V1__Batch *batch, struct event *e)
{
	uint64_t position = e->place.batch;

	for (size_t i = batch->n_entries; i-- > 0;) {
		const Caltrop__V1__Entry *entry = batch->entries[i];
		Caltrop__V1__Record *record;
		bool wanted, room;

		e->place = place_of(position, e->batch, entry);
		if (l->before.batch == position && e->place.entry >= l->before.entry)
			continue;
		record = maybe(&l->filter, entry->record);
		wanted = record && record_matches(&l->filter, record);
		room = !wanted || page_room(&l->page);
		if (wanted && room) {
			e->seq = entry->seq;
			e->record = record;
			put(l->page.call->api, l->page.j, e);
		}
		if (record)
			caltrop__v1__record__free_unpacked(record, NULL);
		if (!room)
			return false;
		list_next(l, e->place);
	}
	return true;
}

static bool list_batch(void *arg, uint64_t rowid, const struct log_batch *stored)
{
	struct list *l = arg;
	struct event e = {.place = {rowid, 0}, .batch = stored};
	Caltrop__V1__Batch *batch =
		caltrop__v1__batch__unpack(NULL, stored->blob.len, (const uint8_t *)stored->blob.data);

	if (!batch)
		return true;
	bool on = list_entries(l, batch, &e);

	caltrop__v1__batch__free_unpacked(batch, NULL);
	return on;
}

void events_list(struct call *call)
{
	struct list l = {0};
	char after[48];

	if (!parse_filter(call, &l.filter) || !page_text(call, "after", after, sizeof(after)))
		return;
	if (after[0] && parse_place(str_from(after), &l.before)) {
		reply_error(call, FAULT_INVALID, "The parameter after is not a cursor of this list.");
		return;
	}
	if (!page_begin(&l.page, call))
		return;
	list_next(&l, l.before);
	struct search s = {
		.api = call->api,
		.filter = &l.filter,
		.before = l.before.batch ? l.before.batch + 1 : 0,
		.each = list_batch,
		.arg = &l,
	};
	enum err err = search_newest(&s);

	/* Behind what was skipped; a page that is full ends at its last event. */
	if (s.more && !l.page.full) {
		l.page.full = true;
		list_next(&l, (struct place){s.reached, 0});
	}
	if (err)
		reply_store(call, err, "event", "");
	else
		page_end(&l.page);
}

/* -- stream -- */

struct follow {
	struct record_filter filter;
	struct place seen; /* the last place looked at */
	struct stream *stream;
	unsigned batches;
	bool started;
};

/* Where the stream begins, so that who loses it before the first event knows what to go on from. */
static void follow_start(struct follow *f)
{
	char id[PLACE_BYTES];

	f->started = true;
	write_place(&f->seen, id);
	stream_event(f->stream, id, "start", STR("{}"));
}

static void follow_entry(struct follow *f, const Caltrop__V1__Entry *entry, struct event *e)
{
	struct stream *s = f->stream;
	Caltrop__V1__Record *record = caltrop__v1__record__unpack(NULL, entry->record.len, entry->record.data);
	struct buf b = buf_over(s->api->chunk, CALL_PAGE_BYTES);
	struct json j = json_over(&b);
	char id[PLACE_BYTES];

	if (record && record_matches(&f->filter, record)) {
		e->seq = entry->seq;
		e->record = record;
		put(s->api, &j, e);
		write_place(&e->place, id);
		if (!b.overflow)
			stream_event(s, id, "event", buf_str(&b));
	}
	if (record)
		caltrop__v1__record__free_unpacked(record, NULL);
}

static bool follow_batch(void *arg, uint64_t rowid, const struct log_batch *stored)
{
	struct follow *f = arg;
	struct event e = {.place = {rowid, 0}, .batch = stored};
	Caltrop__V1__Batch *batch =
		caltrop__v1__batch__unpack(NULL, stored->blob.len, (const uint8_t *)stored->blob.data);
	bool wanted = batch && search_wants(f->stream->api, &f->filter, stored->device);

	f->batches++;
	for (size_t i = 0; wanted && i < batch->n_entries && !f->stream->ended; i++) {
		e.place = place_of(rowid, stored, batch->entries[i]);
		if (f->seen.batch != rowid || e.place.entry > f->seen.entry)
			follow_entry(f, batch->entries[i], &e);
	}
	f->seen = (struct place){rowid, PLACE_END};
	if (batch)
		caltrop__v1__batch__free_unpacked(batch, NULL);
	return !f->stream->ended;
}

static bool follow_wants(struct stream *s, const struct news_item *item)
{
	(void)s;
	return item->kind == API_NEWS_BATCH || item->kind == API_NEWS_LOST;
}

static void follow_more(struct stream *s)
{
	struct follow *f = s->state;
	bool part = f->seen.entry != PLACE_END && f->seen.batch; /* Last-Event-ID within a batch */

	f->stream = s;
	f->batches = 0;
	if (!f->started)
		follow_start(f);
	enum err err = log_list(s->api->env.store, f->filter.has_device ? f->filter.device : NULL, false,
				f->seen.batch - part, STREAM_BATCHES, follow_batch, f);

	if (err)
		stream_end(s);
	s->dirty = f->batches == STREAM_BATCHES;
}

static bool follow_newest(void *arg, uint64_t rowid, const struct log_batch *b)
{
	struct follow *f = arg;

	(void)b;
	f->seen = (struct place){rowid, PLACE_END};
	return false;
}

void events_stream(struct call *call)
{
	static const struct stream_kind kind = {follow_wants, follow_more};
	struct str last = http_header(call->http, "last-event-id");
	struct follow *f = calloc(1, sizeof(*f));
	enum err err = f ? ERR_OK : ERR_NO_MEMORY;

	if (f && !parse_filter(call, &f->filter)) {
		free(f);
		return;
	}
	if (!err && last.len) {
		if (parse_place(last, &f->seen)) {
			free(f);
			reply_error(call, FAULT_INVALID, "Last-Event-ID is not the id of an event.");
			return;
		}
	} else if (!err) {
		err = log_list(call->api->env.store, NULL, true, 0, 1, follow_newest, f);
	}
	if (err) {
		free(f);
		reply_store(call, err, "event", "");
		return;
	}
	stream_begin(call, &kind, f);
}
