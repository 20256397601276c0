/* SPDX-License-Identifier: Apache-2.0 */
/* Gives passwords to libuv's threads, WORK_AT_ONCE at a time, and the results back to their calls. */
#include "server-stub/api/work.h"

#include "agent/base/key.h"
#include "agent/base/require.h"
#include "server-stub/api/api_conn.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <stdlib.h>
#include <string.h>

/* The hash of a random password that was not kept, with our parameters. It stands in for the hash of a user that does
 * not exist, so that the check takes the same time. */
static const char nobody[] =
	"$argon2id$v=19$m=65536,t=3,p=1$cBNFiJ/l+EHx+wqCWF8zBQ$VvTcjlDsBuyf+3GH5QToA5GznQA5kuNRuaJB2wyAqNU";

static void in_thread(uv_work_t *request)
{
	struct work *w = request->data;
	const char *hash = w->hash[0] ? w->hash : nobody;

	w->is_right = w->only_hash || (fleet_password_fits(w->password, hash) && w->hash[0]);
	if (!w->is_right || !w->wanted[0])
		return;
	/* Without memory w->made is empty, which is the answer. */
	(void)!fleet_password_hash(w->wanted, w->made);
}

static void next(struct api *api);

static void after(uv_work_t *request, int status)
{
	struct work *w = request->data;
	struct call *call = w->call;
	struct api *api = call->api;

	(void)status;
	api->working--;
	if (api_conn_back(call->conn)) {
		w->done(w);
		serve_done(call);
	}
	key_wipe(w, sizeof(*w));
	free(w);
	next(api);
}

static void next(struct api *api)
{
	while (api->work && api->working < WORK_AT_ONCE) {
		struct work *w = api->work;

		api->work = w->next;
		api->work_waiting--;
		api->working++;
		w->request.data = w;
		require(uv_queue_work(&api->loop, &w->request, in_thread, after) == 0);
	}
}

bool work_start(struct call *call, struct work *w)
{
	struct api *api = call->api;
	struct work **last = &api->work;

	if (api->work_waiting == WORK_WAITING_MAX) {
		key_wipe(w, sizeof(*w));
		free(w);
		reply_header(call, "Retry-After", "2");
		reply_error(call, FAULT_BUSY, "Too many logins at once; try again in two seconds.");
		return false;
	}
	while (*last)
		last = &(*last)->next;
	*last = w;
	w->call = call;
	w->next = NULL;
	call->pending = true;
	api->work_waiting++;
	next(api);
	return true;
}
