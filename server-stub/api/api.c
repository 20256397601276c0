/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts and stops the API's thread and loop, listens, and takes news in. Everything between is done on that thread by
 * the files beside this one.
 */
#include "server-stub/api/api.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/require.h"
#include "agent/base/say.h"
#include "server-stub/api/api_audit.h"
#include "server-stub/api/api_conn.h"
#include "server-stub/api/api_tls.h"
#include "server-stub/api/asset.h"
#include "server-stub/api/call.h"
#include "server-stub/api/challenge.h"
#include "server-stub/api/desk.h"
#include "server-stub/api/names.h"
#include "server-stub/api/news.h"
#include "server-stub/api/route.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/sso_wait.h"
#include "server-stub/api/stream.h"

#include <sodium.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 128
#define TLS_LOOK_US INT64_C(2000000) /* changed certificates are looked for this often, when somebody connects */

static const struct api_conn_handler handler = {serve_call, stream_drained, stream_gone};

static void on_connection(uv_stream_t *listener, int status)
{
	struct api *api = listener->data;
	char error[API_ERROR_MAX];
	int64_t now_us = clock_mono_us();

	if (status < 0 || api->stopping)
		return;
	if (now_us - api->tls_looked_us > TLS_LOOK_US) {
		api->tls_looked_us = now_us;
		enum err err = api_tls_reload(api->tls, error);

		if (err && err != ERR_NOT_FOUND)
			say(SAY_ERR, "the API keeps its old certificate: %s", error);
	}
	api_conn_accept(api);
}

static void close_listener(struct api *api)
{
	if (!uv_is_closing((uv_handle_t *)&api->listener))
		uv_close((uv_handle_t *)&api->listener, NULL);
}

static void stop_now(struct api *api)
{
	api->stopping = true;
	close_listener(api);
	uv_close((uv_handle_t *)&api->leave, NULL);
	uv_close((uv_handle_t *)&api->wake, NULL);
	uv_close((uv_handle_t *)&api->audit_timer, NULL);
	uv_close((uv_handle_t *)&api->beat, NULL);
	uv_close((uv_handle_t *)&api->soon, NULL);
	while (api->conns)
		api_conn_close(api->conns);
	stream_stop(api);
	if (IS_ENABLED(CONFIG_SSO))
		sso_wait_stop(api->sso);
}

static void on_leave_timeout(uv_timer_t *timer)
{
	struct api *api = timer->data;

	say(SAY_WARNING, "%u connections of operators are cut: they take too long", api->conn_count);
	stop_now(api);
}

static void leave(struct api *api)
{
	api->leaving = true;
	close_listener(api);
	stream_farewell(api);
	api_conn_leave(api);
	require(uv_timer_start(&api->leave, on_leave_timeout, API_LEAVE_MS, 0) == 0);
}

static void on_wake(uv_async_t *wake)
{
	struct api *api = wake->data;

	if (api->stopping)
		return;
	stream_news(api);
	if (atomic_load(&api->stop_asked) && !api->leaving)
		leave(api);
	if (api->leaving && api->conn_count == 0)
		stop_now(api);
}

static void run(void *arg)
{
	struct api *api = arg;

	api_audit_tell(api);
	uv_run(&api->loop, UV_RUN_DEFAULT);
	api_audit_flush(api);
	api_audit_tell(api);
}

/* "address:port", "[address]:port" */
static enum err parse_listen(const char *text, struct sockaddr_storage *out)
{
	struct str host = str_from(text);
	size_t colon = str_find_back(host, STR(":"));
	char name[64];
	uint64_t port;

	if (colon == SIZE_MAX || str_number(str_sub(host, colon + 1, SIZE_MAX), 65535, &port))
		return ERR_INVALID;
	host.len = colon;
	if (str_take(&host, STR("[")) && !str_take_back(&host, STR("]")))
		return ERR_INVALID;
	if (str_copy(host, name, sizeof(name)))
		return ERR_INVALID;
	if (uv_ip4_addr(name, (int)port, (struct sockaddr_in *)out) == 0 ||
	    uv_ip6_addr(name, (int)port, (struct sockaddr_in6 *)out) == 0)
		return ERR_OK;
	return ERR_INVALID;
}

static enum err listen_on(struct api *api, char error[API_ERROR_MAX])
{
	struct sockaddr_storage address;
	int len = sizeof(address);

	if (parse_listen(api->env.listen, &address)) {
		snprintf(error, API_ERROR_MAX, "'%s' is not an ADDRESS:PORT to listen on.", api->env.listen);
		return ERR_INVALID;
	}
	int failed = uv_tcp_bind(&api->listener, (struct sockaddr *)&address, 0);

	if (!failed)
		failed = uv_listen((uv_stream_t *)&api->listener, BACKLOG, on_connection);
	if (!failed)
		failed = uv_tcp_getsockname(&api->listener, (struct sockaddr *)&address, &len);
	if (failed) {
		snprintf(error, API_ERROR_MAX, "The API can't listen on %s: %s.", api->env.listen, uv_strerror(failed));
		return ERR_IO;
	}
	api->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
							: ((struct sockaddr_in *)&address)->sin_port);
	return ERR_OK;
}

static void free_all(struct api *api)
{
	api_tls_close(api->tls);
	news_free(api->news);
	free(api->limit);
	free(api->audit);
	free(api->names);
	free(api->challenges);
	free(api->desks);
	if (IS_ENABLED(CONFIG_SSO))
		sso_wait_free(api->sso);
	free(api->page);
	free(api->chunk);
	free(api);
}

static enum err memory(struct api *api)
{
	api->page = malloc(CALL_PAGE_BYTES);
	api->chunk = malloc(CALL_PAGE_BYTES);
	api->audit = calloc(API_AUDIT_WAITING_MAX, sizeof(api->audit[0]));
	api->limit = calloc(1, sizeof(*api->limit));
	api->names = calloc(NAMES_MAX, sizeof(api->names[0]));
	api->news = news_new();
	api->challenges = calloc(1, sizeof(*api->challenges));
	api->desks = calloc(1, sizeof(*api->desks));
	if (!api->page || !api->chunk || !api->audit || !api->limit || !api->names || !api->news || !api->challenges ||
	    !api->desks || sodium_init() < 0)
		return ERR_NO_MEMORY;
	randombytes_buf(&api->limit->hash, sizeof(api->limit->hash));
	randombytes_buf(api->challenges->key, sizeof(api->challenges->key));
	return ERR_OK;
}

static void handles(struct api *api)
{
	require(uv_loop_init(&api->loop) == 0);
	require(uv_tcp_init(&api->loop, &api->listener) == 0);
	require(uv_async_init(&api->loop, &api->wake, on_wake) == 0);
	require(uv_timer_init(&api->loop, &api->audit_timer) == 0);
	require(uv_timer_init(&api->loop, &api->beat) == 0);
	require(uv_timer_init(&api->loop, &api->soon) == 0);
	require(uv_timer_init(&api->loop, &api->leave) == 0);
	api->leave.data = api->listener.data = api->wake.data = api->audit_timer.data = api->beat.data =
		api->soon.data = api;
}

/* Whoever names a directory means to be served from it. */
static bool has_page(const char *dir, char error[API_ERROR_MAX])
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" ASSET_INDEX, dir) < (int)sizeof(path) && access(path, R_OK) == 0)
		return true;
	snprintf(error, API_ERROR_MAX, "%s: the console's " ASSET_INDEX " cannot be read there (--web-root).", dir);
	return false;
}

enum err api_start(const struct api_env *env, struct api **out, char error[API_ERROR_MAX])
{
	if (env->web_root && !has_page(env->web_root, error))
		return ERR_IO;
	struct api *api = calloc(1, sizeof(*api));

	snprintf(error, API_ERROR_MAX, "Out of memory.");
	if (!api)
		return ERR_NO_MEMORY;
	api->env = *env;
	api->routes = api_routes;
	api->handler = &handler;
	enum err err = memory(api);

	if (!err)
		err = api_tls_open(
			&(struct api_tls_files){env->cert_path,
						env->key_path,
						{(const char *)env->fleet->ca_cert, env->fleet->ca_cert_len}},
			&api->tls, error);
	if (err) {
		free_all(api);
		return err;
	}
	handles(api);
	if (IS_ENABLED(CONFIG_SSO))
		err = sso_wait_open(api, &api->sso);
	if (!err)
		err = listen_on(api, error);
	if (!err && uv_thread_create(&api->thread, run, api)) {
		snprintf(error, API_ERROR_MAX, "The API's thread can't be started.");
		err = ERR_NO_MEMORY;
	}
	if (!err) {
		*out = api;
		return ERR_OK;
	}
	stop_now(api);
	uv_run(&api->loop, UV_RUN_DEFAULT);
	uv_loop_close(&api->loop);
	free_all(api);
	return err;
}

void api_drain(struct api *api)
{
	if (api)
		atomic_store(&api->draining, true);
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	atomic_store(&api->stop_asked, true);
	uv_async_send(&api->wake);
	uv_thread_join(&api->thread);
	require(uv_loop_close(&api->loop) == 0);
	free_all(api);
}

uint16_t api_port(const struct api *api)
{
	return api->port;
}

void api_news(struct api *api, enum api_news news, const uint8_t *id)
{
	if (news_put(api->news, news, id))
		uv_async_send(&api->wake);
}
