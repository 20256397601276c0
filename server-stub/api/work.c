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

static void forget(struct work *w)
{
	key_wipe(w, sizeof(*w));
	free(w);
}

static void refuse(struct call *call, struct work *w)
{
	forget(w);
	reply_header(call, "Retry-After", "2");
	reply_error(call, FAULT_BUSY, "Too many logins at once; try again in two seconds.");
}

/* An answer may bring the next request of its connection, and that more to refuse. */
static void answer_refused(struct api *api)
{
	while (api->work_refused) {
		struct work *w = api->work_refused;
		struct call *call = w->call;

		api->work_refused = w->next;
		if (!api_conn_back(call->conn)) {
			forget(w);
			continue;
		}
		refuse(call, w);
		serve_done(call);
	}
}

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
	forget(w);
	answer_refused(api);
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

/*
 * The last one gives its place to one of a lower rank; false when it is of none higher. It is answered when a worker is
 * done, not from within another call; as many wait for that as there are connections, at most.
 */
static bool make_room(struct api *api, unsigned rank)
{
	struct work **last = &api->work;

	while ((*last)->next)
		last = &(*last)->next;
	if ((*last)->rank <= rank)
		return false;
	(*last)->next = api->work_refused;
	api->work_refused = *last;
	*last = NULL;
	api->work_waiting--;
	return true;
}

bool work_start(struct call *call, struct work *w)
{
	struct api *api = call->api;
	struct work **place = &api->work;

	if (api->work_waiting == WORK_WAITING_MAX && !make_room(api, w->rank)) {
		refuse(call, w);
		return false;
	}
	while (*place && (*place)->rank <= w->rank)
		place = &(*place)->next;
	w->call = call;
	w->next = *place;
	*place = w;
	call->pending = true;
	api->work_waiting++;
	next(api);
	return true;
}
