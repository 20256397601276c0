/* SPDX-License-Identifier: Apache-2.0 */
/* Devices in JSON: list and show. */
#include "server-stub/api/devices.h"

#include "agent/base/now.h"
#include "server-stub/api/device_health.h"
#include "server-stub/api/factories.h"
#include "server-stub/api/page.h"
#include "server-stub/api/query.h"
#include "server-stub/api/reply.h"
#include "server-stub/store/views.h"

#include <stdio.h>
#include <string.h>

#define IDENTITY_RULES "identity_"
#define IDENTITY_SCAN_MAX 200 /* open incidents of one device that are looked at, the newest */
#define IDENTITY_MAX 10	      /* that are shown */
#define SCAN_MAX 10000	      /* rows one call looks at when its filter lets few through */

static const char *state_name(uint8_t state)
{
	static const char *const names[] = {"unknown", "pending", "approved", "revoked", "expected"};

	return names[state <= DEVICE_EXPECTED ? state : 0];
}

static void put_problems(struct json *j, const char *problems)
{
	struct str rest = str_from(problems);

	json_key(j, "problems");
	json_begin_array(j);
	while (rest.len) {
		size_t end = str_find(rest, STR("; "));

		json_str(j, str_sub(rest, 0, end));
		rest = end == SIZE_MAX ? STR_NONE : str_sub(rest, end + 2, SIZE_MAX);
	}
	json_end_array(j);
}

/* The identifier of the key that signs the device's receipts, when one is bound. */
static void put_key(struct call *call, struct json *j, const struct registry_device *d)
{
	struct views_chain chain;
	struct key_der key = {.len = STORE_KEY};
	uint8_t id[KEY_ID];

	if (views_chain_get(call->api->env.store, d->id, &chain) != ERR_OK)
		return;
	memcpy(key.bytes, chain.key, STORE_KEY);
	key_id(&key, id);
	json_key(j, "receipt_key");
	json_hex(j, id, sizeof(id));
}

/* Without its last brace. */
static void put(struct json *j, const struct registry_device *d, const struct device_health *h, uint64_t fleet_version)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{"name", d->name}, {"group", d->group},	  {"state", state_name(d->state)}, {"version", d->version},
		{"arch", d->arch}, {"kernel", d->kernel}, {"address", d->address},
	};

	json_begin_object(j);
	reply_id(j, "id", d->id);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_key(j, texts[i].key);
		json_text(j, texts[i].value);
	}
	json_key(j, "connected");
	json_bool(j, d->connected);
	reply_time(j, "created", d->created_us);
	reply_time(j, "last_seen", d->last_seen_us);
	reply_time(j, "certificate_expires", d->cert_not_after_s * SECOND_US);
	json_key(j, "records");
	json_u64(j, d->records);
	put_problems(j, d->problems);
	json_words(j, "labels", str_from(d->labels));
	json_words(j, "features", str_from(d->features));
	device_health_put(j, h, fleet_version);
}

struct filter {
	struct page page;
	char group[STORE_NAME_MAX], q[STORE_NAME_MAX], label[STORE_NAME_MAX];
	unsigned state;		/* enum registry_device_state, 0: all */
	unsigned trust;		/* enum device_trust, 0: all */
	uint64_t fleet_version; /* of the trust bundle */
	uint8_t last[STORE_ID];
	unsigned scanned;
};

static bool has_word(const char *words, const char *word)
{
	struct str rest = str_from(words);

	while (rest.len)
		if (str_equal(str_cut(&rest, ' '), str_from(word)))
			return true;
	return false;
}

static bool is_wanted(const struct filter *f, const struct registry_device *d)
{
	char hex[STORE_ID * 2 + 1];
	struct buf b = buf_over(hex, sizeof(hex) - 1);

	buf_hex(&b, d->id, STORE_ID);
	hex[b.len] = 0;
	if (d->is_deleted || (f->state && d->state != f->state) || (f->label[0] && !has_word(d->labels, f->label)))
		return false;
	return !f->q[0] || strcasestr(d->name, f->q) || strncasecmp(hex, f->q, strlen(f->q)) == 0;
}

static void set_next(struct filter *f)
{
	struct buf b = buf_over(f->page.next, sizeof(f->page.next) - 1);

	buf_hex(&b, f->last, STORE_ID);
	f->page.next[b.len] = 0;
}

/* Show the device if its trust is the one that is asked for. False: the page is full. */
static bool show(struct filter *f, const struct registry_device *d)
{
	struct device_health h;
	bool room = true;

	device_health_read(f->page.call, d->id, &h);
	if (!f->trust || device_health_is(&h, (enum device_trust)f->trust, f->fleet_version)) {
		room = page_room(&f->page);
		if (room) {
			put(f->page.j, d, &h, f->fleet_version);
			json_end_object(f->page.j);
		}
	}
	device_health_free(&h);
	return room;
}

static bool each(void *arg, const struct registry_device *d)
{
	struct filter *f = arg;

	f->scanned++;
	if (is_wanted(f, d) && !show(f, d))
		return false;
	memcpy(f->last, d->id, STORE_ID);
	return true;
}

bool devices_cursor(struct call *call, uint8_t id[STORE_ID], bool *given)
{
	char text[40];

	*given = false;
	if (!page_text(call, "after", text, sizeof(text)))
		return false;
	if (!text[0])
		return true;
	for (unsigned i = 0; i < STORE_ID * 2; i++) {
		const char *digit = text[i] ? strchr("0123456789abcdef", text[i]) : NULL;

		if (!digit) {
			reply_error(call, FAULT_INVALID, "The parameter after is not a cursor of this list.");
			return false;
		}
		id[i / 2] = (uint8_t)((i % 2 ? id[i / 2] << 4 : 0) | ((digit - "0123456789abcdef") & 15));
	}
	*given = true;
	return true;
}

void devices_list(struct call *call)
{
	struct filter f = {0};
	uint8_t after[STORE_ID];
	bool given;

	if (!devices_cursor(call, after, &given) || !page_text(call, "group", f.group, sizeof(f.group)) ||
	    !page_text(call, "q", f.q, sizeof(f.q)) || !page_text(call, "label", f.label, sizeof(f.label)) ||
	    !page_word(call, "state", "pending approved revoked expected", &f.state) ||
	    !page_word(call, "trust", "current behind", &f.trust) || !page_begin(&f.page, call))
		return;
	f.fleet_version = device_health_trust(call);
	if (given)
		memcpy(f.last, after, STORE_ID);
	for (unsigned before = UINT32_MAX; before != f.scanned && !f.page.full;) {
		before = f.scanned;
		enum err err = registry_device_list(call->api->env.store, f.group[0] ? f.group : NULL,
						    f.scanned || given ? f.last : NULL, STORE_PAGE_MAX, each, &f);

		if (err) {
			reply_store(call, err, "device", "");
			return;
		}
		if (f.scanned - before < STORE_PAGE_MAX)
			break;
		f.page.full |= f.scanned >= SCAN_MAX;
	}
	if (f.group[0] && !given && f.scanned == 0) {
		reply_error(call, FAULT_NOT_FOUND, "No device is in a group %s.", f.group);
		return;
	}
	set_next(&f);
	page_end(&f.page);
}

struct identity {
	struct json *j;
	unsigned count;
};

/* Of the service's own incidents (ingest/notice.c); no device can open one with their names. */
static bool each_identity(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct identity *of = arg;
	const char *last = strrchr(i->evidence, '\n');

	(void)rowid;
	if (strncmp(i->rule_id, IDENTITY_RULES, strlen(IDENTITY_RULES)) != 0)
		return true;
	json_begin_object(of->j);
	reply_id(of->j, "incident", i->id);
	json_key(of->j, "rule");
	json_text(of->j, i->rule_id);
	json_key(of->j, "title");
	json_text(of->j, i->title);
	reply_time(of->j, "last", i->last_us);
	json_key(of->j, "evidence");
	json_text(of->j, last ? last + 1 : i->evidence);
	json_end_object(of->j);
	return ++of->count < IDENTITY_MAX;
}

/* What is open about who the device is: two guards with its certificate, an old one that somebody tried. */
static void put_identity(struct call *call, struct json *j, const struct registry_device *d)
{
	struct identity of = {.j = j};
	enum err err;

	json_key(j, "identity");
	json_begin_array(j);
	err = views_incident_list(call->api->env.store, INCIDENT_OPEN, d->id, 0, IDENTITY_SCAN_MAX, each_identity, &of);
	json_end_array(j);
	if (err)
		reply_store(call, err, "device", d->name);
}

bool devices_find(struct call *call, struct registry_device *d)
{
	char name[STORE_NAME_MAX] = "";
	enum err err = query_unescape(call->arg, name, sizeof(name));

	if (!err)
		err = registry_device_find(call->api->env.store, name, d);
	if (err)
		reply_store(call, err, "device", name);
	return err == ERR_OK;
}

void devices_reply(struct call *call, const struct registry_device *d)
{
	struct json *j = reply_json(call, 200);
	struct device_health h;

	device_health_read(call, d->id, &h);
	put(j, d, &h, device_health_trust(call));
	device_health_free(&h);
	put_key(call, j, d);
	factories_put_origin(call, j, d);
	put_identity(call, j, d);
	if (call->status == 200)
		json_end_object(j);
}

void devices_show(struct call *call)
{
	struct registry_device d;

	if (devices_find(call, &d))
		devices_reply(call, &d);
}
