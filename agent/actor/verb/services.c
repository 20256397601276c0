/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services as long as they are to be down. What stops and starts them is called by the starter, so a call has a
 * beginning and an end, and whoever waits for it asks again; the looks are made here. The kernel tells nobody that a
 * service was started, so each is looked at every few seconds, and at the guard's start.
 */
#include "agent/actor/verb/services.h"

#include "agent/actor/sys/service_boot.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define LOOK_US (5 * SECOND_US)
#define SEEN_RUNNING 1 /* effect.seen: a receipt is owed when it is down */

/* What carries the guard's link, the guard, and what would end the machine or its files instead of a service. */
static const char *const never[] = {
	"caltropd",
	"caltrop-server",
	"networking",
	"network",
	"NetworkManager",
	"connman",
	"dhcpcd",
	"dhcpcd5",
	"wpa_supplicant",
	"ifplugd",
	"ifupdown",
	"modemmanager",
	"ppp",
	"rc",
	"rcS",
	"rc.local",
	"halt",
	"reboot",
	"single",
	"killprocs",
	"sendsigs",
	"umountfs",
	"umountroot",
	"umountnfs.sh",
	"dbus",
	"dbus-broker",
	"iwd",
	"init",
	"boot",
	"done",
	"ubus",
	"umount",
	"system",
	"netifd",
	"ModemManager",
	"ifup",
	"user",
	"user-runtime-dir",
};

/* Also an instance of one of them; and systemd's own parts, through which log-ins and the network go. */
static bool is_needed(const char *name)
{
	size_t stem = strcspn(name, "@");

	for (unsigned i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strlen(never[i]) == stem && strncmp(name, never[i], stem) == 0)
			return true;
	return strncmp(name, "systemd-", 8) == 0;
}

static enum err look(const struct actor *a, const char *name, struct service_state *out, char why[SERVICE_WHY_MAX])
{
	const struct service_ask ask = {a->starter.services, name, a->child.pid};

	return service_look(&ask, out, why);
}

static enum err no(struct action *action, enum err err, const char *why)
{
	snprintf(action->why, sizeof(action->why), "%s", why);
	return err;
}

enum err services_judge(struct actor *a, struct action *action, struct service_state *out)
{
	const struct actor_receipt *r = &action->receipt;
	enum err err;

	if (is_needed(r->args.name))
		return no(action, ERR_PROTECTED, "the guard, its link or the device cannot do without it");
	if (a->starter.socket < 0)
		return no(action, ERR_CLOSED, "nothing can run programs for the guard; start it anew");
	err = look(a, r->args.name, out, action->why);
	if (err != ERR_OK)
		return err;
	if (out->guard)
		return no(action, ERR_PROTECTED, "the guard itself is among its processes");
	if (out->boot.early)
		return no(action, ERR_PROTECTED, "it is a part of how this device boots");
	if (out->login && !(r->origin == ORIGIN_ORDER && r->args.last_way))
		return no(action, ERR_PROTECTED, "people log in through it; an order with last_way=yes does it");
	return ERR_OK;
}

/* -- calls -- */

/* The place of the call that goes on, or of a free one; -1: there is neither. */
static int place_of(const struct actor *a, uint16_t verb, const char *name)
{
	int unused = -1;

	for (unsigned i = 0; i < STARTER_JOBS_MAX; i++) {
		if (a->service_calls[i].verb == verb && strcmp(a->service_calls[i].name, name) == 0)
			return (int)i;
		if (a->service_calls[i].verb == VERB_NONE)
			unused = (int)i;
	}
	return unused;
}

static bool goes_on(const struct actor *a, uint16_t verb, const char *name)
{
	int place = place_of(a, verb, name);

	return place >= 0 && a->service_calls[place].verb == verb;
}

static enum err begin(struct actor *a, int place, const struct verb_args *args, char text[ACTION_WHY_MAX])
{
	enum err err = starter_submit(&a->starter, args, &a->service_calls[place].ticket);

	if (err == ERR_CLOSED)
		snprintf(text, ACTION_WHY_MAX, "nothing can run programs for the guard");
	if (err != ERR_OK)
		return err;
	a->service_calls[place].verb = args->verb;
	memcpy(a->service_calls[place].name, args->name, sizeof(args->name));
	return ERR_BUSY;
}

enum err services_call(struct actor *a, uint16_t verb, const char *name, char text[ACTION_WHY_MAX])
{
	struct verb_args args = {.verb = verb};
	int place = place_of(a, verb, name);
	struct starter_result result;
	enum err err;

	if (place < 0)
		return ERR_BUSY;
	snprintf(args.name, sizeof(args.name), "%s", name);
	if (a->service_calls[place].verb == VERB_NONE)
		return begin(a, place, &args, text);
	err = starter_take(&a->starter, a->service_calls[place].ticket, &result);
	if (err == ERR_BUSY)
		return err;
	a->service_calls[place].verb = VERB_NONE;
	if (err == ERR_OK)
		snprintf(text, ACTION_WHY_MAX, "the call of it %.*s", ACTION_WHY_MAX - 16, result.text);
	else
		snprintf(text, ACTION_WHY_MAX, "what runs programs for the guard ended before the call did");
	return err;
}

enum err services_start(struct actor *a, const char *name, char text[ACTION_WHY_MAX])
{
	bool called = goes_on(a, VERB_START, name);
	char said[ACTION_WHY_MAX] = "";
	struct service_state s;
	enum err err = called ? services_call(a, VERB_START, name, said) : ERR_OK;

	snprintf(text, ACTION_WHY_MAX, "%s", said);
	if (err == ERR_OK)
		err = look(a, name, &s, text);
	if (err != ERR_OK)
		return err;
	if (s.processes > 0)
		snprintf(text, ACTION_WHY_MAX, "it runs, process %d", (int)s.pid);
	else if (s.waits)
		snprintf(text, ACTION_WHY_MAX, "its socket waits for connections");
	else if (called && s.unsure)
		snprintf(text, ACTION_WHY_MAX, "its socket is none of TCP, so whether it waits is not seen: %.*s",
			 ACTION_WHY_MAX - 68, said);
	if (service_runs(&s) || (called && s.unsure))
		return ERR_OK;
	if (!called)
		return services_call(a, VERB_START, name, text);
	snprintf(text, ACTION_WHY_MAX, "nothing of it runs: %.*s", ACTION_WHY_MAX - 24, said);
	return ERR_UNVERIFIED;
}

/* -- effects -- */

static bool read_record(const struct effect_more *more, struct service_undo *out)
{
	return service_undo_decode((struct str){(const char *)more->undo, more->undo_len}, out) == ERR_OK;
}

bool services_record(struct actor *a, uint16_t verb, const char *name, struct service_undo *out)
{
	struct verb_args args = {.verb = verb};
	const struct effect *e;

	snprintf(args.name, sizeof(args.name), "%s", name);
	e = ledger_find(&a->ledger, &args);
	return e && read_record(ledger_more(&a->ledger, e), out);
}

enum err services_verify(struct actor *a, struct action *action, struct service_state *out)
{
	const struct verb_args *args = &action->receipt.args;
	struct service_undo undo = {.ran = false};
	enum err err = look(a, args->name, out, action->why);

	if (err != ERR_OK)
		return err;
	(void)services_record(a, args->verb, args->name, &undo);
	return service_is_down(out, undo.ports, undo.port_count, action->why) ? ERR_OK : ERR_UNVERIFIED;
}

static void report_restored(struct actor *a, const struct effect *e)
{
	char text[MESSAGE_TEXT_MAX];

	snprintf(text, sizeof(text), "service %s ran or was to run again; it is down", ledger_args(&a->ledger, e).name);
	a->health.reconciled++;
	effect_report(a, e, RECEIPT_RESTORED, text);
}

/* ERR_OK: it is as it should be. */
static enum err look_after(struct actor *a, struct effect *e)
{
	struct verb_args args = ledger_args(&a->ledger, e);
	char text[ACTION_WHY_MAX] = "", why[SERVICE_WHY_MAX];
	struct service_undo undo;
	struct service_state s;
	enum err err = read_record(ledger_more(&a->ledger, e), &undo) ? ERR_OK : ERR_INVALID;

	if (err == ERR_OK)
		err = look(a, args.name, &s, why);
	/* Its script or unit is gone, and with it what could bring it back. */
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (args.verb == VERB_DISABLE && s.boot.starts) {
		e->seen = SEEN_RUNNING;
		err = service_boot_off(args.name, &s.boot);
	}
	/* What stops it now is the act that this is the effect of, and takes its time. */
	if (e->seen != SEEN_RUNNING && goes_on(a, VERB_STOP, args.name))
		return ERR_BUSY;
	if (service_runs(&s) || goes_on(a, VERB_STOP, args.name)) {
		e->seen = SEEN_RUNNING;
		(void)!services_call(a, VERB_STOP, args.name, text);
		return ERR_BUSY;
	}
	if (err == ERR_OK && e->seen == SEEN_RUNNING) {
		e->seen = 0;
		report_restored(a, e);
	}
	return err;
}

enum err services_reconcile(struct actor *a, uint16_t verb, unsigned *missing)
{
	int64_t now_us = clock_mono_us();

	for (unsigned i = 0; i < a->ledger.count && a->ledger.more_count > 0; i++) {
		struct effect *e = &a->ledger.rows[i];

		/* One whose time is over is not stopped again on the way to its end. */
		if (e->verb == verb && ledger_end_us(e) > now_us)
			*missing += look_after(a, e) != ERR_OK;
	}
	a->service_look_us = now_us + LOOK_US;
	return ERR_OK;
}

static bool any(const struct actor *a)
{
	for (unsigned i = 0; i < LEDGER_MORE_MAX && a->ledger.more_count > 0; i++)
		if (a->ledger.more[i].used &&
		    (a->ledger.more[i].args.verb == VERB_STOP || a->ledger.more[i].args.verb == VERB_DISABLE))
			return true;
	return false;
}

static void tick(struct actor *a, int64_t mono_us)
{
	unsigned missing = 0;

	if (!any(a))
		a->service_look_us = 0;
	else if (a->service_look_us == 0)
		a->service_look_us = mono_us + LOOK_US;
	else if (mono_us >= a->service_look_us) {
		(void)services_reconcile(a, VERB_STOP, &missing);
		(void)services_reconcile(a, VERB_DISABLE, &missing);
	}
}

static int64_t next_us(const struct actor *a)
{
	return any(a) ? a->service_look_us : INT64_MAX;
}

const struct means services_means = {
	/* To see which files others' processes run from, and their sockets. */
	.capabilities = UINT64_C(1) << CAP_SYS_PTRACE,
	.tick = tick,
	.next_us = next_us,
};
