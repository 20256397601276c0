/* SPDX-License-Identifier: Apache-2.0 */
/* Composes rows of the audit log and writes them. Handlers give it names and ids, never a password, a token or a
 * secret. */
#include "server-stub/api/api_audit.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/base/say.h"

#include <stdio.h>
#include <string.h>

static struct person_audit row_of(const struct call *call)
{
	struct person_audit row = {.wall_us = clock_wall_us(), .status = call->status};
	const char *action = call->action[0] ? call->action : call->route ? call->route->action : "unknown";

	snprintf(row.user, sizeof(row.user), "%s", call->user.name);
	snprintf(row.action, sizeof(row.action), "%s", action);
	snprintf(row.detail, sizeof(row.detail), "%s", call->detail);
	snprintf(row.address, sizeof(row.address), "%s", call->address);
	if (!call->route && call->http->path.len)
		str_show(call->http->path, row.detail, sizeof(row.detail));
	else if (!row.detail[0] && call->arg.len)
		str_show(call->arg, row.detail, sizeof(row.detail));
	if (call->session.kind == SESSION_TOKEN) {
		size_t used = strlen(row.detail);

		snprintf(row.detail + used, sizeof(row.detail) - used, "%s[API token %s]", used ? " " : "",
			 call->session.name);
	}
	return row;
}

static enum err put_waiting(struct api *api)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < api->audit_count && !err; i++)
		err = person_audit_put(api->env.store, &api->audit[i]);
	return err;
}

enum err api_audit_write(const struct call *call)
{
	struct person_audit row = row_of(call);
	enum err err = put_waiting(call->api);

	return err ? err : person_audit_put(call->api->env.store, &row);
}

void api_audit_written(struct api *api)
{
	api->audit_count = 0;
}

void api_audit_flush(struct api *api)
{
	unsigned count = api->audit_count;
	enum err err = count ? store_begin(api->env.store) : ERR_OK;

	if (count && !err) {
		err = put_waiting(api);
		if (err)
			store_rollback(api->env.store);
		else
			err = store_commit(api->env.store);
	}
	if (err) {
		say(SAY_ERR, "%u rows of the audit log cannot be written now: %s", count, err_text(err));
		if (count < API_AUDIT_WAITING_MAX)
			return;
		api->audit_lost += count;
	}
	api->audit_count = 0;
}

void api_audit_tell(struct api *api)
{
	uint8_t hash[STORE_HASH];
	char hex[2 * STORE_HASH + 1];
	struct buf b = buf_over(hex, 2 * STORE_HASH);
	uint64_t row;

	if (person_audit_last(api->env.store, &row, hash) != ERR_OK)
		return;
	buf_hex(&b, hash, STORE_HASH);
	hex[b.len] = '\0';
	say(SAY_INFO, "the audit log's head is %llu:%s", (unsigned long long)row, hex);
}

static void on_timer(uv_timer_t *timer)
{
	struct api *api = timer->data;

	api_audit_flush(api);
	if (api->audit_count > 0)
		uv_timer_start(timer, on_timer, API_AUDIT_AGAIN_MS, 0);
}

/* Whether API_AUDIT_STRANGERS rows of calls without a valid token were written in this minute. */
static bool is_flood(struct api *api)
{
	int64_t minute = clock_mono_us() / MINUTE_US;

	if (minute != api->strangers_minute) {
		api->strangers_minute = minute;
		api->strangers = 0;
	}
	if (api->strangers >= API_AUDIT_STRANGERS) {
		api->audit_lost++;
		return true;
	}
	api->strangers++;
	return false;
}

void api_audit_note(struct call *call)
{
	struct api *api = call->api;

	if (call->route && (call->route->flags & ROUTE_QUIET) && call->status < 400)
		return;
	if (!call->user.name[0] && is_flood(api))
		return;
	if (api->audit_count == API_AUDIT_WAITING_MAX)
		api_audit_flush(api);
	struct person_audit *row = &api->audit[api->audit_count++];

	*row = row_of(call);
	if (api->audit_lost) {
		size_t used = strlen(row->detail);

		snprintf(row->detail + used, sizeof(row->detail) - used, " [%llu rows before this one are missing]",
			 (unsigned long long)api->audit_lost);
		api->audit_lost = 0;
	}
	if (!uv_is_active((uv_handle_t *)&api->audit_timer))
		uv_timer_start(&api->audit_timer, on_timer, API_AUDIT_DELAY_MS, 0);
}
