/* SPDX-License-Identifier: Apache-2.0 */
/* What all lists share: limit, cursor, and the query parameters that filter them. */
#include "server-stub/api/page.h"

#include "server-stub/api/query.h"
#include "server-stub/api/reply.h"

#include <stdio.h>
#include <string.h>

bool page_text(struct call *call, const char *name, char *out, size_t cap)
{
	enum err err = query_get(call->http->query, name, out, cap);

	if (!err || err == ERR_NOT_FOUND)
		return true;
	if (err == ERR_TOO_LONG)
		reply_error(call, FAULT_INVALID, "The parameter %s is longer than %zu bytes.", name, cap - 1);
	else
		reply_error(call, FAULT_INVALID, "The parameter %s is badly encoded or there twice.", name);
	return false;
}

static bool number(struct call *call, const char *name, uint64_t max, uint64_t *out)
{
	char text[32];

	if (!page_text(call, name, text, sizeof(text)))
		return false;
	if (!text[0])
		return true;
	if (str_number(str_from(text), max, out) == ERR_OK)
		return true;
	reply_error(call, FAULT_INVALID, "The parameter %s is not a number up to %llu.", name, (unsigned long long)max);
	return false;
}

bool page_begin(struct page *p, struct call *call)
{
	uint64_t limit = PAGE_DEFAULT;

	if (!number(call, "limit", PAGE_MAX, &limit))
		return false;
	*p = (struct page){.call = call, .limit = limit ? (unsigned)limit : 1};
	p->j = reply_json(call, 200);
	json_begin_object(p->j);
	json_key(p->j, "items");
	json_begin_array(p->j);
	return true;
}

bool page_room(struct page *p)
{
	if (p->count == p->limit || p->call->body.len > CALL_PAGE_FULL) {
		p->full = true;
		return false;
	}
	p->count++;
	return true;
}

void page_end(struct page *p)
{
	json_end_array(p->j);
	json_key(p->j, "next");
	json_text(p->j, p->full ? p->next : NULL);
	json_end_object(p->j);
}

bool page_after(struct call *call, uint64_t *after)
{
	*after = 0;
	return number(call, "after", INT64_MAX, after);
}

bool page_device(struct call *call, bool *found, struct registry_device *device)
{
	char name[STORE_NAME_MAX];

	*found = false;
	if (!page_text(call, "device", name, sizeof(name)))
		return false;
	if (!name[0])
		return true;
	enum err err = registry_device_find(call->api->env.store, name, device);

	if (err) {
		reply_store(call, err, "device", name);
		return false;
	}
	*found = true;
	return true;
}

bool page_word(struct call *call, const char *name, const char *words, unsigned *out)
{
	char text[32];
	struct str rest = str_from(words);

	*out = 0;
	if (!page_text(call, name, text, sizeof(text)))
		return false;
	if (!text[0])
		return true;
	for (unsigned place = 1; rest.len; place++) {
		if (str_equal(str_cut(&rest, ' '), str_from(text))) {
			*out = place;
			return true;
		}
	}
	reply_error(call, FAULT_INVALID, "The parameter %s is one of: %s.", name, words);
	return false;
}
