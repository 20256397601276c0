/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log in JSON, newest first. */
#include "server-stub/api/audits.h"

#include "server-stub/api/api_audit.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"

#include <stdio.h>

static bool each(void *arg, uint64_t rowid, const struct person_audit *a)
{
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
	json_end_object(j);
	snprintf(p->next, sizeof(p->next), "%llu", (unsigned long long)rowid);
	return true;
}

void audits_list(struct call *call)
{
	struct page p;
	uint64_t before;

	if (!page_after(call, &before) || !page_begin(&p, call))
		return;
	api_audit_flush(call->api);
	enum err err = person_audit_list(call->api->env.store, before, p.limit + 1, each, &p);

	if (err)
		reply_store(call, err, "audit log", "");
	else
		page_end(&p);
}
