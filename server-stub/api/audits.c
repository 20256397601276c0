/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log in JSON, newest first, or oldest first with ?order=oldest. */
#include "server-stub/api/audits.h"

#include "server-stub/api/api_audit.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"

#include <stdio.h>
#include <string.h>

#define OLDEST 2 /* the place of that word */

static bool each(void *arg, uint64_t rowid, const struct person_audit *a)
{
	static const uint8_t none[STORE_HASH];
	struct page *p = arg;
	struct json *j = p->j;

	if (!page_room(p))
		return false;
	json_begin_object(j);
	json_key(j, "id");
	json_u64(j, rowid);
	reply_time(j, "time", a->wall_us);
	json_key(j, "user");
	json_text(j, a->user[0] ? a->user : NULL);
	json_key(j, "action");
	json_text(j, a->action);
	json_key(j, "detail");
	json_text(j, a->detail);
	json_key(j, "status");
	json_int(j, a->status);
	json_key(j, "address");
	json_text(j, a->address);
	json_key(j, "hash");
	if (memcmp(a->hash, none, STORE_HASH) == 0)
		json_none(j);
	else
		json_hex(j, a->hash, STORE_HASH);
	json_end_object(j);
	snprintf(p->next, sizeof(p->next), "%llu", (unsigned long long)rowid);
	return true;
}

void audits_list(struct call *call)
{
	struct page p;
	struct store *store = call->api->env.store;
	uint64_t after;
	unsigned order;

	if (!page_after(call, &after) || !page_word(call, "order", "newest oldest", &order) || !page_begin(&p, call))
		return;
	api_audit_flush(call->api);
	enum err err = order == OLDEST ? person_audit_follow(store, after, p.limit + 1, each, &p)
				       : person_audit_list(store, after, p.limit + 1, each, &p);

	if (err)
		reply_store(call, err, "audit log", "");
	else
		page_end(&p);
}
