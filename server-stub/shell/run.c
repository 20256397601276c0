/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server run`: opens the fleet, gives up privileges, puts its fence up, starts the gateway and the API, and
 * then only waits for signals: TERM and INT end it in good order, HUP has the certificates read again.
 */
#include "agent/base/clock.h"
#include "agent/base/manager.h"
#include "agent/base/say.h"
#include "agent/base/terminal.h"
#include "server-stub/api/api.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/gateway/gateway.h"
#include "server-stub/shell/alerting.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/fence.h"
#include "server-stub/shell/figures.h"
#include "server-stub/shell/harden.h"
#include "server-stub/shell/migrate.h"
#include "server-stub/shell/own_cert.h"
#include "server-stub/shell/run_options.h"
#include "server-stub/shell/sealing.h"
#include "server-stub/shell/signon.h"
#include "server-stub/shell/storage.h"

#include <sodium.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CARE_EVERY_US (600 * SECOND_US)

struct service {
	const char *dir, *web_root;
	struct fleet_conf conf;
	struct fleet_conf named; /* as conf, with the names of the last reload */
	struct fleet fleet;
	struct notary *notary;
	struct alerting alerting;
	struct sealing sealing;
	struct signon signon;
	char store_path[FLEET_FILE_PATH_MAX], cert_path[FLEET_FILE_PATH_MAX], key_path[FLEET_FILE_PATH_MAX];
	struct store *api_store;
	struct gateway *gateway;
	pthread_mutex_t mutex; /* over api, which other threads tell news */
	struct api *api;
};

static int fail(const char *error)
{
	say(SAY_ERR, "%s", error);
	return COMMAND_FAILED;
}

/* -- between gateway and API -- */

static void on_push(void *context, const struct registry_order *order, const uint8_t (*devices)[STORE_ID],
		    unsigned count)
{
	gateway_push(((struct service *)context)->gateway, order, devices, count);
}

static void on_revoke(void *context, const uint8_t device[STORE_ID])
{
	gateway_revoke(((struct service *)context)->gateway, device);
}

static void on_offer(void *context, const uint8_t device[STORE_ID])
{
	gateway_offer(((struct service *)context)->gateway, device);
}

static void on_trust(void *context)
{
	gateway_trust(((struct service *)context)->gateway);
}

static void on_figures(void *context, struct api_figures *out)
{
	figures_read(((struct service *)context)->gateway, out);
}

static void on_output(void *context)
{
	alerting_wake(&((struct service *)context)->alerting);
}

/* The gateway runs a moment before and after the API does. */
static void tell(void *context, enum api_news news, const uint8_t *id)
{
	struct service *s = context;

	pthread_mutex_lock(&s->mutex);
	if (s->api)
		api_news(s->api, news, id);
	pthread_mutex_unlock(&s->mutex);
}

/* What it was before. */
static struct api *set_api(struct service *s, struct api *api)
{
	struct api *before;

	pthread_mutex_lock(&s->mutex);
	before = s->api;
	s->api = api;
	pthread_mutex_unlock(&s->mutex);
	return before;
}

static void on_order(void *context, const uint8_t id[STORE_ID])
{
	tell(context, API_NEWS_ORDER, id);
}

static void on_incident(void *context, const uint8_t id[STORE_ID])
{
	tell(context, API_NEWS_INCIDENT, id);
	on_output(context);
}

static void on_batch(void *context)
{
	tell(context, API_NEWS_BATCH, NULL);
}

/* -- start -- */

/* Whether the link's certificate was made anew. */
static bool renew_own(struct service *s)
{
	bool renewed = false;
	enum err err = own_cert_renew(&s->fleet, &s->named, &renewed);

	if (err != ERR_OK)
		say(SAY_ERR, "the service's certificate can't be renewed: %s", err_text(err));
	else if (renewed)
		say(SAY_NOTICE, "the service's certificate was renewed");
	return renewed;
}

/* The certificate follows changed names at once. Threads read the other settings, so those wait for the next start. */
static void read_names(struct service *s)
{
	static struct fleet_conf fresh;
	char error[FLEET_CONF_ERROR_MAX];

	if (fleet_conf_load(s->dir, &fresh, error) != ERR_OK)
		say(SAY_ERR, "%s; the settings stay as they were", error);
	else if (fresh.name_count == 0)
		say(SAY_ERR, "%s/server.conf: [server] names: at least one is needed; they stay as they were", s->dir);
	else
		s->named = fresh;
	say_set_level((enum say_level)s->named.log_level);
	if (strcmp(s->named.names[0], s->conf.names[0]) != 0)
		say(SAY_WARNING, "join tokens name %s until the service is started anew, then %s", s->conf.names[0],
		    s->named.names[0]);
}

/* While there is one thread, and before anything is read that a network sent. */
static int open_notary(struct service *s)
{
	const char *bad = NULL;
	enum err err = notary_start(s->dir, &s->notary, &bad);

	if (err != ERR_OK) {
		say(SAY_ERR, "%s/%s: %s", s->dir, bad ? bad : "the process that signs", err_text(err));
		return bad ? COMMAND_CONFIG : COMMAND_FAILED;
	}
	err = fleet_use_notary(&s->fleet, s->notary);
	if (err == ERR_OK)
		return COMMAND_OK;
	say(SAY_ERR,
	    "%s/ca_key.pem is not the key of the first certificate in ca.pem; after an interrupted "
	    "`caltrop-server authority use`, run that again",
	    s->dir);
	return COMMAND_CONFIG;
}

static int open_fleet(struct service *s)
{
	int status;
	char locked[STORAGE_ERROR_MAX];
	char error[FLEET_CONF_ERROR_MAX];
	const char *bad = NULL;
	enum err err = fleet_conf_load(s->dir, &s->conf, error);

	if (err == ERR_OK && migrate_default(s->dir, error) != ERR_OK)
		return fail(error);
	if (err == ERR_OK)
		err = fleet_conf_load(s->dir, &s->conf, error);
	if (err != ERR_OK) {
		say(SAY_ERR, "%s%s", error, err == ERR_NOT_FOUND ? "; `caltrop-server init` makes a fleet" : "");
		return COMMAND_CONFIG;
	}
	say_set_level((enum say_level)s->conf.log_level);
	if (s->conf.name_count == 0) {
		say(SAY_ERR, "%s/server.conf: [server] names: at least one is needed", s->dir);
		return COMMAND_CONFIG;
	}
	if (s->conf.retention_raised)
		say(SAY_WARNING, "%s/server.conf: [retention] bytes: a store is bounded to 16M at least", s->dir);
	if (harden_user(s->conf.user, error) != ERR_OK) {
		say(SAY_ERR, "%s", error);
		return COMMAND_CONFIG;
	}
	if (!storage_lock(s->dir, locked))
		return fail(locked);
	err = fleet_load(s->dir, &s->fleet, &bad);
	if (err != ERR_OK) {
		say(SAY_ERR, "%s/%s: %s", s->dir, bad, err_text(err));
		return COMMAND_CONFIG;
	}
	if (sealing_open(&s->sealing, s->dir) != ERR_OK)
		return COMMAND_CONFIG;
	status = open_notary(s);
	if (status == COMMAND_OK && alerting_open(&s->alerting, s->dir, &s->conf) != ERR_OK)
		return fail("the process that tells outputs cannot start");
	if (status == COMMAND_OK)
		status = signon_open(&s->signon, s->dir, &s->conf);
	if (status != COMMAND_OK)
		return status;
	if (fleet_file_path((struct fleet_file){s->dir, STORAGE_NAME}, s->store_path) != ERR_OK ||
	    fleet_file_named((struct fleet_file){s->dir, s->conf.api_certificate}, s->cert_path) != ERR_OK ||
	    fleet_file_named((struct fleet_file){s->dir, s->conf.api_key}, s->key_path) != ERR_OK)
		return fail("the directory's name is too long");
	s->named = s->conf;
	(void)renew_own(s);
	return COMMAND_OK;
}

/* What is busy or full may be better soon; the rest stays until somebody does something. */
static int status_of(enum err err)
{
	return err == ERR_NOT_FOUND || err == ERR_FOREIGN || err == ERR_UNSUPPORTED || err == ERR_CORRUPT
		       ? COMMAND_CONFIG
		       : COMMAND_FAILED;
}

/* Before anything serves: a wrong store would disown the fleet's devices. */
static int open_storage(struct service *s)
{
	char error[STORAGE_ERROR_MAX];
	enum err err = storage_open(s->dir, s->fleet.id, &s->api_store, error);

	if (err == ERR_OK) {
		err = sealing_apply(&s->sealing, s->dir, s->api_store);
		snprintf(error, sizeof(error), "%s: second factors cannot be sealed: %s", s->store_path,
			 storage_advice(err));
	}
	if (err == ERR_OK)
		return COMMAND_OK;
	say(SAY_ERR, "%s", error);
	return status_of(err);
}

static int start_gateway(struct service *s)
{
	const struct gateway_setup setup = {
		.fleet = &s->fleet,
		.conf = &s->conf,
		.store_path = s->store_path,
		.news = {s, on_order, on_incident, on_batch},
		.explain = storage_advice,
	};
	char error[GATEWAY_ERROR_MAX];
	enum err err = gateway_start(&setup, &s->gateway, error);

	if (err == ERR_OK)
		return COMMAND_OK;
	say(SAY_ERR, "%s", error);
	return status_of(err);
}

static void tell_manager(const struct service *s)
{
	char text[2 * FLEET_CONF_TEXT_MAX + 64];

	snprintf(text, sizeof(text), "serving devices on %s and operators on %s", s->conf.gateway_listen,
		 s->conf.api_listen);
	manager_ready(text);
}

static int start_api(struct service *s)
{
	struct fleet_conf_address link;
	struct api_env env = {
		.fleet = &s->fleet,
		.web_root = s->web_root,
		.listen = s->conf.api_listen,
		.cert_path = s->cert_path,
		.key_path = s->key_path,
		.link_host = s->conf.names[0],
		.names = (const char(*)[FLEET_CONF_TEXT_MAX])s->conf.names,
		.name_count = s->conf.name_count,
		.seal = &s->sealing.seal,
		.factor_required = s->conf.second_factor,
		.context = s,
		.push = on_push,
		.revoke = on_revoke,
		.offer = on_offer,
		.trust = on_trust,
		.output = IS_ENABLED(CONFIG_ALERTS) ? on_output : NULL,
		.output_ports = s->conf.alert_ports,
		.output_port_count = s->conf.alert_port_count,
		.sso = {s->signon.envoy, s->signon.name, s->signon.issuer, s->signon.url},
		.figures = on_figures,
	};
	char error[API_ERROR_MAX];
	struct api *api;

	if (fleet_conf_address(s->conf.gateway_listen, &link) != ERR_OK)
		return fail(err_text(ERR_INVALID));
	env.store = s->api_store;
	env.link_port = link.port;
	if (api_start(&env, &api, error) != ERR_OK)
		return fail(error);
	set_api(s, api);
	say(SAY_INFO, "serving devices on %s and operators on %s", s->conf.gateway_listen, s->conf.api_listen);
	tell_manager(s);
	return COMMAND_OK;
}

/* Before the store, the sockets and all threads. */
static int put_fence_up(const struct service *s)
{
	struct fleet_conf_address link, api;
	struct fence fence = {.dir = s->dir,
			      .store = s->store_path,
			      .cert = s->cert_path,
			      .key = s->key_path,
			      .web_root = s->web_root};
	char error[FENCE_ERROR_MAX];

	if (fleet_conf_address(s->conf.gateway_listen, &link) != ERR_OK ||
	    fleet_conf_address(s->conf.api_listen, &api) != ERR_OK)
		return fail(err_text(ERR_INVALID));
	fence.link_port = link.port;
	fence.api_port = api.port;
	return fence_enter(&fence, error) == ERR_OK ? COMMAND_OK : fail(error);
}

/* -- until a signal ends it -- */

static void care(struct service *s)
{
	gateway_care(s->gateway, clock_wall_s());
	if (renew_own(s))
		gateway_reload(s->gateway);
}

/* A thread that hangs is not spoken for. */
static void tell_watchdog(const struct service *s)
{
	if (manager_watchdog_us() == 0)
		return;
	if (gateway_turns(s->gateway))
		manager_alive();
	else
		say(SAY_ERR, "a loop of the gateway does not turn, so the watchdog is told nothing");
}

/* How long to wait: for the next care, or for the watchdog, which is to hear twice in its time. */
static struct timespec until_next(int64_t care_us)
{
	int64_t wait_us = care_us - clock_mono_us();

	if (manager_watchdog_us() > 0 && wait_us > manager_watchdog_us() / 2)
		wait_us = manager_watchdog_us() / 2;
	if (wait_us < 0)
		wait_us = 0;
	return (struct timespec){(time_t)(wait_us / SECOND_US), (long)(wait_us % SECOND_US * 1000)};
}

static int wait_for_end(struct service *s, const sigset_t *signals)
{
	int64_t care_us = clock_mono_us() + CARE_EVERY_US;

	for (;;) {
		const struct timespec wait = until_next(care_us);
		int number = sigtimedwait(signals, NULL, &wait);

		if (number == SIGTERM || number == SIGINT)
			return COMMAND_OK;
		/* It ends before the service only when somebody killed it: a service that cannot sign must not go on.
		 */
		if (number == SIGCHLD)
			return fail("the process that signs has ended, or one that speaks to outputs or a provider");
		if (number == SIGHUP) {
			/* The API looks at its files by itself. */
			manager_reloading();
			say(SAY_INFO, "reading names, certificates and the trust bundle again");
			read_names(s);
			(void)renew_own(s);
			gateway_reload(s->gateway);
			gateway_trust(s->gateway);
			tell_manager(s);
		} else if (number < 0 && errno == EAGAIN) {
			tell_watchdog(s);
			if (clock_mono_us() >= care_us) {
				care_us = clock_mono_us() + CARE_EVERY_US;
				care(s);
			}
		}
	}
}

/* Served on for a while, so that whoever asks /readyz has gone elsewhere before it ends. */
static void drain(struct service *s, const sigset_t *signals)
{
	const int64_t until_us = clock_mono_us() + (int64_t)s->named.drain_seconds * SECOND_US;
	int number = 0;

	api_drain(s->api);
	gateway_drain(s->gateway);
	while (clock_mono_us() < until_us && number != SIGTERM && number != SIGINT && number != SIGCHLD) {
		const struct timespec wait = until_next(until_us);

		number = sigtimedwait(signals, NULL, &wait);
		tell_watchdog(s);
	}
}

static int serve_until_end(struct service *s, const sigset_t *signals)
{
	int status = put_fence_up(s);

	if (status == COMMAND_OK)
		status = open_storage(s);
	if (status == COMMAND_OK && alerting_start(&s->alerting, s->store_path, s->fleet.id) != ERR_OK)
		status = fail("the thread that tells outputs cannot start");
	if (status == COMMAND_OK)
		status = start_gateway(s);
	if (status == COMMAND_OK)
		status = start_api(s);
	if (status == COMMAND_OK) {
		status = wait_for_end(s, signals);
		manager_stopping();
		say(SAY_INFO, "stopping");
		drain(s, signals);
	}
	/* The API first: it may push orders; then nobody hears the gateway's news. */
	api_stop(set_api(s, NULL));
	gateway_stop(s->gateway);
	alerting_stop(&s->alerting);
	store_close(s->api_store);
	return status;
}

/* Before there is a child or a thread, so that none is missed and all are this thread's. */
static void hold_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int run_command(int argc, char **argv)
{
	static struct service s = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	struct run_options options;
	char error[HARDEN_ERROR_MAX];
	sigset_t signals;
	int status = run_options_read(argc, argv, &options);

	if (status >= 0)
		return status;
	s.dir = options.dir;
	s.web_root = options.web_root;
	terminal_leave();
	manager_open();
	if (sodium_init() < 0)
		return fail("libsodium cannot start");
	if (harden_process(error) != ERR_OK)
		return fail(error);
	hold_signals(&signals);
	status = open_fleet(&s);
	if (status == COMMAND_OK)
		status = serve_until_end(&s, &signals);
	alerting_close(&s.alerting);
	signon_close(&s.signon);
	notary_close(s.notary);
	return status;
}
