/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents in JSON. */
#include "server-stub/api/incidents.h"

#include "server-stub/api/ids.h"
#include "server-stub/api/names.h"
#include "server-stub/api/page.h"
#include "server-stub/api/record.h"
#include "server-stub/api/reply.h"

#include <stdio.h>
#include <string.h>

static void put_list(struct json *j, const char *key, const char *text, char separator)
{
	struct str rest = str_from(text);

	json_key(j, key);
	json_begin_array(j);
	while (rest.len)
		json_str(j, str_cut(&rest, separator));
	json_end_array(j);
}

/* The members; the caller has the braces. */
static void put(struct api *api, struct json *j, const struct views_incident *i)
{
	static const char *const severities[] = {"unset", "informational", "low", "medium", "high", "critical"};
	const struct {
		const char *key, *value;
	} texts[] = {
		{"state", i->state == INCIDENT_OPEN ? "open" : "closed"},
		{"severity", severities[i->severity < 6 ? i->severity : 0]},
		{"rule", i->rule_id},
		{"title", i->title},
		{"author", i->author},
		{"src", i->src},
		{"user", i->user},
		{"service", i->service},
	};

	reply_id(j, "id", i->id);
	names_put(api, j, i->device);
	for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
		json_key(j, texts[k].key);
		json_text(j, texts[k].value);
	}
	json_key(j, "count");
	json_int(j, i->count);
	reply_time(j, "first", i->first_us);
	reply_time(j, "last", i->last_us);
	reply_time(j, "received", i->received_us);
	put_list(j, "tags", i->tags, ',');
	put_list(j, "evidence", i->evidence, '\n');
}

static bool each(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct page *p = arg;

	if (!page_room(p))
		return false;
	json_begin_object(p->j);
	put(p->call->api, p->j, i);
	json_end_object(p->j);
	snprintf(p->next, sizeof(p->next), "%llu", (unsigned long long)rowid);
	return true;
}

void incidents_list(struct call *call)
{
	static const unsigned states[] = {0, INCIDENT_OPEN, INCIDENT_CLOSED};
	struct registry_device device;
	struct page p;
	uint64_t before;
	unsigned state;
	bool has_device;

	if (!page_word(call, "state", "open closed", &state) || !page_device(call, &has_device, &device) ||
	    !page_after(call, &before) || !page_begin(&p, call))
		return;
	enum err err = views_incident_list(call->api->env.store, states[state], has_device ? device.id : NULL, before,
					   p.limit + 1, each, &p);

	if (err)
		reply_store(call, err, "incident", "");
	else
		page_end(&p);
}

struct search {
	struct ids_prefix want;
	struct views_incident found;
	unsigned count;
};

static bool look(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct search *s = arg;

	(void)rowid;
	if (ids_match(&s->want, i->id)) {
		s->found = *i;
		s->count++;
	}
	return s->count < 2;
}

/* By whole id, or among the newest by its first digits. */
static enum err find(struct call *call, struct search *s)
{
	enum err err = ids_parse(call->arg, &s->want);

	if (err)
		return err;
	if (s->want.digits == STORE_ID * 2)
		return views_incident_get(call->api->env.store, s->want.bytes, &s->found);
	err = views_incident_list(call->api->env.store, 0, NULL, 0, STORE_PAGE_MAX, look, s);
	if (!err && s->count != 1)
		err = s->count ? ERR_EXISTS : ERR_NOT_FOUND;
	return err;
}

struct receipts {
	struct call *call;
	struct json *j;
};

static bool put_receipt(void *arg, const struct views_receipt *r)
{
	struct receipts *x = arg;

	record_put_stored(x->call, x->j, r);
	return x->call->body.len < CALL_PAGE_FULL;
}

void incidents_show(struct call *call)
{
	struct search s = {.count = 0};
	enum err err = find(call, &s);
	char shown[64];

	if (err) {
		str_show(call->arg, shown, sizeof(shown));
		reply_store(call, err, "incident", shown);
		return;
	}
	struct json *j = reply_json(call, 200);
	struct receipts x = {call, j};

	json_begin_object(j);
	put(call->api, j, &s.found);
	json_key(j, "receipts");
	json_begin_array(j);
	err = views_receipt_list(call->api->env.store, NULL, s.found.id, STORE_PAGE_MAX, put_receipt, &x);
	json_end_array(j);
	json_end_object(j);
	if (err)
		reply_store(call, err, "receipt", "");
}
