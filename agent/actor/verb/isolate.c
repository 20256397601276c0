/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `isolate` and `release`: only the service, named networks and, if asked, look-ups and DHCP pass;
 * connections to others are cut. The dead man is the ledger's lease (effect.h): the service has to be heard through the
 * isolation within a minute and then again within every lease, or the device releases itself. A guard without a service
 * isolates itself only for a time that the order names.
 */
#include "agent/actor/sys/netfilter_isolate.h"

#include "agent/actor/sys/cut.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/firewall.h"

#include <stdio.h>
#include <string.h>

#define LEASE_S 600 /* when the order names none */

/* The lists that a filter points to. */
struct lists {
	struct addr service[ISOLATE_SERVICE_MAX], resolvers[ISOLATE_RESOLVERS_MAX];
	struct isolate_filter filter;
	const struct rails_hosts *hosts;
};

static bool has_service(const struct actor *a)
{
	return a->settings.server_host[0] != '\0';
}

static unsigned collect(const struct rails_hosts *h, enum rails_kind kind, struct addr *out, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < h->count && count < max; i++)
		if (h->rows[i].kind == kind)
			out[count++] = h->rows[i].addr;
	return count;
}

static void make_filter(const struct actor *a, const struct verb_args *args, struct lists *out)
{
	out->hosts = &a->rails_hosts;
	out->filter = (struct isolate_filter){
		.nets = args->allow.list,
		.net_count = args->allow.count,
		.service = out->service,
		.service_count = collect(&a->rails_hosts, RAILS_SERVER, out->service, ISOLATE_SERVICE_MAX),
		.service_port = a->settings.server_port,
		.resolvers = out->resolvers,
		.resolver_count = collect(&a->rails_hosts, RAILS_RESOLVER, out->resolvers, ISOLATE_RESOLVERS_MAX),
		.guard_uid = a->child.uid,
		.dns = args->dns,
		.dhcp = args->dhcp,
	};
}

static enum err isolate_rails(struct actor *a, struct action *action)
{
	struct verb_args *args = &action->receipt.args;
	struct addr service[1];

	if (!has_service(a) && (args->duration_s == 0 || args->duration_s == VERB_FOREVER)) {
		snprintf(action->why, sizeof(action->why),
			 "this device has no service that could release it: name a duration");
		return ERR_PROTECTED;
	}
	if (!has_service(a) && args->lease_s) {
		snprintf(action->why, sizeof(action->why), "this device has no service to hold a lease");
		return ERR_INVALID;
	}
	if (has_service(a) && collect(&a->rails_hosts, RAILS_SERVER, service, 1) == 0) {
		snprintf(action->why, sizeof(action->why),
			 "the address of the service is not known: it would be cut off");
		return ERR_PROTECTED;
	}
	if (has_service(a) && args->lease_s == 0)
		args->lease_s = LEASE_S;
	return ERR_OK;
}

/* What the machine says to itself over its own addresses goes through loopback. */
static bool is_own(const struct rails_hosts *h, const struct addr *a)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->rows[i].kind == RAILS_OWN && addr_equal(&h->rows[i].addr, a))
			return true;
	return false;
}

static bool passes(void *context, const struct cut_peer *peer)
{
	const struct isolate_peer one = {peer->peer, peer->peer_port, peer->uid};
	const struct lists *lists = context;

	return is_own(lists->hosts, &peer->peer) || isolate_passes(&lists->filter, &one);
}

/* What putting it in force came to, besides the filter. */
struct outcome {
	struct cut_report report;
	enum err cut;
	bool read_back;
};

/* The filter, read back; then the connections that it no longer passes are cut. */
static enum err put_in_force(struct actor *a, const struct verb_args *args, struct outcome *out)
{
	struct lists lists;
	enum err err;

	make_filter(a, args, &lists);
	memset(out, 0, sizeof(*out));
	err = netfilter_isolate_set(&a->netfilter, &lists.filter);
	if (err != ERR_OK)
		return err;
	out->read_back = netfilter_isolate_check(&a->netfilter, &lists.filter, ISOLATE_ADDED) == ERR_OK;
	out->cut = cut_connections(&a->cut, passes, &lists, &out->report);
	return ERR_OK;
}

static void say(struct actor_receipt *r, const struct outcome *out)
{
	const struct cut_report *report = &out->report;
	size_t len;

	snprintf(r->text, sizeof(r->text), "isolated; the service and %u %s pass%s%s", (unsigned)r->args.allow.count,
		 r->args.allow.count == 1 ? "network" : "networks", r->args.dns ? ", DNS" : "",
		 r->args.dhcp ? ", DHCP" : "");
	len = strlen(r->text);
	r->count = report->destroyed;
	if (out->cut != ERR_OK)
		snprintf(r->text + len, sizeof(r->text) - len, "; connections are blocked, not cut: %s",
			 err_text(out->cut));
	else
		snprintf(r->text + len, sizeof(r->text) - len, "; %u %s cut%s", report->destroyed,
			 report->destroyed == 1 ? "connection" : "connections",
			 report->refused || report->more ? ", some are left and blocked" : "");
}

/* Whether the isolation in force is the one that is asked for. */
static bool same(struct actor *a, const struct effect *e, const struct verb_args *args)
{
	struct verb_args own = ledger_args(&a->ledger, e);
	uint8_t first[VERB_BYTES_MAX + 1], second[VERB_BYTES_MAX + 1];
	struct buf x = buf_over(first, sizeof(first)), y = buf_over(second, sizeof(second));

	verb_args_encode(&x, &own);
	verb_args_encode(&y, args);
	return str_equal(buf_str(&x), buf_str(&y));
}

static enum err isolate_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	const struct effect_terms terms = {.duration_s = r->args.duration_s == VERB_FOREVER ? 0 : r->args.duration_s};
	struct effect *e = effect_of(a, action);
	struct outcome out;
	bool there = e != NULL;
	enum err err;

	if (there && same(a, e, &r->args))
		r->result = RECEIPT_ALREADY;
	err = effect_note(a, action, &terms);
	if (err == ERR_OK)
		err = put_in_force(a, &r->args, &out);
	if (err == ERR_OK) {
		say(r, &out);
		action->proven = out.read_back;
		return ERR_OK;
	}
	if (!action->why[0])
		snprintf(action->why, sizeof(action->why), "the kernel says: %s", err_text(err));
	if (!there && effect_of(a, action)) {
		(void)!netfilter_isolate_clear(&a->netfilter);
		effect_drop(a, effect_of(a, action));
	}
	return err;
}

/* Apply has read it back before it cut connections; since then nobody has changed it, or it was put back. */
static enum err isolate_verify(struct actor *a, struct action *action)
{
	firewall_watch(a);
	return action->proven && a->firewall == ERR_OK ? ERR_OK : ERR_UNVERIFIED;
}

static enum err isolate_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			       char text[ACTION_WHY_MAX])
{
	enum err err = netfilter_isolate_clear(&a->netfilter);

	(void)args;
	(void)more;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		snprintf(text, ACTION_WHY_MAX, "the kernel says: %s", err_text(err));
	return err;
}

/* What can be there before an isolation, for the next one. One that cannot be prepared is made whole when it comes. */
static void prepare(struct actor *a)
{
	const struct verb_args none = {.verb = VERB_ISOLATE};
	struct lists lists;

	make_filter(a, &none, &lists);
	(void)!netfilter_isolate_prepare(&a->netfilter, &lists.filter);
}

static enum err isolate_reconcile(struct actor *a, unsigned *missing)
{
	const struct verb_args none = {.verb = VERB_ISOLATE};
	const struct effect *e = ledger_find(&a->ledger, &none);
	struct verb_args args;
	struct outcome out;
	struct lists lists;

	if (!e) {
		/* What the ledger does not know of is not in force, whatever a crash or another program left. */
		enum err err =
			netfilter_isolate_is_set(&a->netfilter) ? netfilter_isolate_clear(&a->netfilter) : ERR_OK;

		prepare(a);
		return err;
	}
	/* One that ended while the guard was down stays as it is until the tick that takes it off. */
	if (effect_is_over(a, e))
		return ERR_OK;
	args = ledger_args(&a->ledger, e);
	make_filter(a, &args, &lists);
	if (netfilter_isolate_check(&a->netfilter, &lists.filter, ISOLATE_WHOLE) == ERR_OK)
		return ERR_OK;
	++*missing;
	return put_in_force(a, &args, &out);
}

/* The service or a resolver has another address now. */
static void isolate_recheck(struct actor *a)
{
	unsigned missing = 0;

	if (a->firewall == ERR_OK)
		(void)!isolate_reconcile(a, &missing);
}

const struct action_row isolate_row = {
	.verb = VERB_ISOLATE,
	.flags = ACTION_NEEDS_FIREWALL | ACTION_SYNC_BEFORE,
	.rails = isolate_rails,
	.apply = isolate_apply,
	.verify = isolate_verify,
	.revert = isolate_revert,
	.reconcile = isolate_reconcile,
	.recheck = isolate_recheck,
	.means = {&firewall_means, &addresses_means, &connections_means},
};

const struct action_row isolate_release_row = {
	.verb = VERB_RELEASE,
	.flags = ACTION_NEEDS_FIREWALL,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
	.means = {&firewall_means},
};
