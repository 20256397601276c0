/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents in JSON. */
#include "server-stub/api/incidents.h"

#include "agent/base/clock.h"
#include "agent/base/hex.h"
#include "agent/base/severity.h"
#include "server-stub/api/body.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/names.h"
#include "server-stub/api/page.h"
#include "server-stub/api/record.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/store/deed.h"
#include "server-stub/store/person.h"

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

/* What people may have said: null until they do. */
static void put_given(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_text(j, value[0] ? value : NULL);
}

static void put_part(struct json *j, const struct timeline_part *part)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{"rule", part->rule},
		{"title", part->title},
		{"author", part->author},
		{"link", part->link},
		{"level", severity_name(part->level)},
	};

	json_begin_object(j);
	for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
		json_key(j, texts[k].key);
		json_text(j, texts[k].value);
	}
	put_list(j, "tags", part->tags, ',');
	json_key(j, "count");
	json_int(j, part->count);
	reply_time(j, "first", part->first_us);
	reply_time(j, "last", part->last_us);
	json_key(j, "succeeded");
	json_bool(j, part->won);
	json_end_object(j);
}

/* One of a single rule, of a device that tells no more, or the service's own. */
static void put_only_part(struct json *j, const struct views_incident *i)
{
	struct timeline_part part = {.level = i->severity, .count = i->count};

	part.first_us = i->first_us;
	part.last_us = i->last_us;
	snprintf(part.rule, sizeof(part.rule), "%s", i->rule_id);
	snprintf(part.title, sizeof(part.title), "%s", i->title);
	snprintf(part.author, sizeof(part.author), "%s", i->author);
	snprintf(part.tags, sizeof(part.tags), "%s", i->tags);
	put_part(j, &part);
}

static void put_timeline(struct json *j, const struct views_incident *i)
{
	struct str rest = str_from(i->timeline);
	struct timeline_part part;

	json_key(j, "timeline");
	json_begin_array(j);
	if (rest.len == 0)
		put_only_part(j, i);
	while (timeline_next(&rest, &part))
		put_part(j, &part);
	json_end_array(j);
}

/* What the incident is of several rules. */
static void put_sum(struct json *j, const struct views_incident *i)
{
	uint32_t cut = timeline_left_out(i->timeline, i->count);

	json_key(j, "score");
	json_int(j, i->score ? i->score : severity_score(i->severity));
	json_key(j, "left_out");
	json_int(j, cut > i->left_out ? cut : i->left_out); /* what the device leaves out, the timeline lacks, too */
	json_key(j, "reopened");
	json_int(j, i->reopened);
	put_given(j, "merged_into", i->merged_into);
	put_list(j, "merged", i->merged, ',');
	put_timeline(j, i);
}

void incidents_put(struct api *api, struct json *j, const struct views_incident *i)
{
	bool by_src = i->subject_kind[0] == '\0' && i->src[0] != '\0';
	const struct {
		const char *key, *value;
	} texts[] = {
		{"state", i->state == INCIDENT_OPEN ? "open" : "closed"},
		{"severity", severity_name(i->severity)},
		{"rule", i->rule_id},
		{"title", i->title},
		{"author", i->author},
		{"src", i->src},
		{"subject_kind", by_src ? "src" : i->subject_kind},
		{"subject", by_src ? i->src : i->subject},
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
	put_given(j, "verdict", i->verdict);
	put_given(j, "assignee", i->assignee);
	put_list(j, "tags", i->tags, ',');
	put_list(j, "evidence", i->evidence, '\n');
	put_sum(j, i);
}

static bool each(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct page *p = arg;

	if (!page_room(p))
		return false;
	json_begin_object(p->j);
	incidents_put(p->call->api, p->j, i);
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
	struct ids_search ids;
	struct views_incident found;
};

static bool look(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct search *s = arg;

	(void)rowid;
	if (ids_search_look(&s->ids, i->id))
		s->found = *i;
	return ids_search_goes_on(&s->ids);
}

/* By whole id, or among the newest by its first digits. */
static enum err find(struct call *call, struct search *s)
{
	enum err err = ids_search_begin(&s->ids, call->arg, STORE_ID);

	if (err)
		return err;
	if (s->ids.want.digits == STORE_ID * 2)
		return views_incident_get(call->api->env.store, s->ids.want.bytes, &s->found);
	err = views_incident_list(call->api->env.store, 0, NULL, 0, STORE_PAGE_MAX, look, s);
	return err ? err : ids_search_end(&s->ids);
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

static void put_note(struct json *j, const struct views_note *n)
{
	json_begin_object(j);
	reply_time(j, "time", n->wall_us);
	json_key(j, "author");
	json_text(j, n->author);
	json_key(j, "deed");
	json_text(j, n->deed);
	json_key(j, "text");
	json_text(j, n->text);
	json_end_object(j);
}

static bool each_note(void *arg, const struct views_note *n)
{
	struct receipts *x = arg;

	put_note(x->j, n);
	return x->call->body.len < CALL_PAGE_FULL;
}

/* The one that the call names; or the call is answered. */
static bool find_or_answer(struct call *call, struct search *s)
{
	enum err err = find(call, s);

	if (err)
		reply_search(call, err, "incident", &s->ids);
	return !err;
}

/* Of the incident, and of those that went into it. */
static enum err put_receipts(struct call *call, const struct views_incident *i, struct receipts *x)
{
	struct str rest = str_from(i->merged);
	uint8_t id[STORE_ID];
	enum err err = views_receipt_list(call->api->env.store, NULL, i->id, STORE_PAGE_MAX, put_receipt, x);

	while (err == ERR_OK && rest.len)
		if (hex_read(str_cut(&rest, ','), id, STORE_ID))
			err = views_receipt_list(call->api->env.store, NULL, id, STORE_PAGE_MAX, put_receipt, x);
	return err;
}

void incidents_show(struct call *call)
{
	struct search s;
	enum err err;

	if (!find_or_answer(call, &s))
		return;
	struct json *j = reply_json(call, 200);
	struct receipts x = {call, j};

	json_begin_object(j);
	incidents_put(call->api, j, &s.found);
	json_key(j, "receipts");
	json_begin_array(j);
	err = put_receipts(call, &s.found, &x);
	json_end_array(j);
	json_key(j, "notes");
	json_begin_array(j);
	if (!err)
		err = views_note_list(call->api->env.store, s.found.device, s.found.id, STORE_PAGE_MAX, each_note, &x);
	json_end_array(j);
	json_end_object(j);
	if (err)
		reply_store(call, err, "incident", "");
}

/* The caller's words; or the call is answered. A close needs none. */
static bool read_words(struct call *call, struct views_note *n)
{
	json_t *body = body_read(call, "text");
	bool good;

	if (!body)
		return false;
	good = body_text(call, body,
			 &(struct body_text){"text", n->text, sizeof(n->text), strcmp(n->deed, "close") != 0});
	json_decref(body);
	return good;
}

static bool is_verdict(struct call *call, const char *text)
{
	static const char *const verdicts[] = {"true-positive", "false-positive", "benign", "test"};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strcmp(text, verdicts[i]) == 0)
			return true;
	reply_error(call, FAULT_INVALID, "A verdict is true-positive, false-positive, benign or test.");
	return false;
}

static bool is_operator(struct call *call, const char *name)
{
	struct person person;
	enum err err = person_get(call->api->env.store, name, &person);

	if (err == ERR_OK)
		return true;
	if (err == ERR_NOT_FOUND)
		reply_error(call, FAULT_INVALID, "There is no operator of that name to assign it to.");
	else
		reply_store(call, err, "operator", "");
	return false;
}

static void append(struct call *call, struct views_note *n, const struct views_incident *i)
{
	struct buf detail = buf_over(call->detail, sizeof(call->detail) - 1);
	enum err err = serve_begin(call);
	struct json *j;

	memcpy(n->incident_id, i->id, STORE_ID);
	memcpy(n->device, i->device, STORE_ID);
	memcpy(n->author, call->user.name, sizeof(n->author));
	n->wall_us = clock_wall_us();
	if (!err)
		err = deed_append(call->api->env.store, n);
	if (err) {
		reply_store(call, err, "incident", "");
		return;
	}
	buf_hex(&detail, i->id, STORE_ID);
	if (strcmp(n->deed, "note") != 0 && n->text[0])
		buf_printf(&detail, " %.64s", n->text);
	call->detail[detail.len] = '\0';
	memcpy(call->id, i->id, STORE_ID);
	j = reply_json(call, 201);
	put_note(j, n);
}

static void do_deed(struct call *call, const char *deed)
{
	struct views_note n;
	struct search s;

	memset(&n, 0, sizeof(n));
	snprintf(n.deed, sizeof(n.deed), "%s", deed);
	if (!find_or_answer(call, &s) || !read_words(call, &n))
		return;
	if (strcmp(deed, "verdict") == 0 && !is_verdict(call, n.text))
		return;
	if (strcmp(deed, "assign") == 0 && !is_operator(call, n.text))
		return;
	append(call, &n, &s.found);
}

void incidents_close(struct call *call)
{
	do_deed(call, "close");
}

void incidents_note(struct call *call)
{
	do_deed(call, "note");
}

void incidents_verdict(struct call *call)
{
	do_deed(call, "verdict");
}

void incidents_assign(struct call *call)
{
	do_deed(call, "assign");
}
